"""HTTP ways in: webhooks and health. Its place is kept; the sync container furnishes it."""
