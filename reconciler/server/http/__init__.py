"""The HTTP server: connections, bodies and paths with their limits; probes and metrics."""
