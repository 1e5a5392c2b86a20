"""Reading documents: bytes to value trees in which every key and value has its position."""
