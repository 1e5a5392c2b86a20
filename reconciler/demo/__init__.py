"""The demo: a story of commands on this machine, with its small registry."""
