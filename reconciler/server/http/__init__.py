"""HTTP: connections, bodies and paths with their limits; probes and metrics."""
