"""Notifications: from one change to a request that another system takes; the outbox above decides when."""
