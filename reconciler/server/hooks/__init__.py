"""Webhooks: who may send one, how each kind of sender shows its secret, and what its events name."""
