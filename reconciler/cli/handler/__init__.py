"""One module for each command: it builds the application, calls the use case and has the result printed."""
