"""Pull requests on git hosts. Its place is kept; nothing is opened yet."""
