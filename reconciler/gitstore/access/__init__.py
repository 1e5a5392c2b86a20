"""Access to git hosts: addresses, passwords, keys."""
