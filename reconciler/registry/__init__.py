"""OCI distribution client: resolve, metadata, credentials, limits."""
