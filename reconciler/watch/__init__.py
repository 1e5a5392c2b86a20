"""File events, the only importer of watchdog. Its place is kept; the sync container furnishes it."""
