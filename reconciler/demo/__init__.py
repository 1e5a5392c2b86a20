"""The story told on this machine, with its small registry."""
