"""Cloud logins: a password for a cloud's registry from the identity that a machine has in that cloud."""
