"""One module a command: its name, help, arguments and options. They import nothing slow (`reconciler.cli.lazy`)."""
