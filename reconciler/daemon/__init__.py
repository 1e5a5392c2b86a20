"""The long-lived loop: wake, pass, sleep. Its place is kept; the sync container furnishes it."""
