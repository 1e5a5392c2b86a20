"""The composition root: the only place that builds and closes things."""
