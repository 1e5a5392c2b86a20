"""The HTTP server of `imagestream run`: webhooks, probes and metrics."""
