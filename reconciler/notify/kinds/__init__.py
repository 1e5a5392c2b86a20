"""One module for each kind of sink: the request that its system accepts."""
