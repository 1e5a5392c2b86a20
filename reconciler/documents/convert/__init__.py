"""Converting: plain values that the schemas have checked, to values of the model."""
