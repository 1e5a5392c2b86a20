"""One module for each command: its name, help and options. They import nothing slow (`reconciler.cli.lazy`)."""
