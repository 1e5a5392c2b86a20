"""Webhooks: who may send one, and what each kind of sender says."""
