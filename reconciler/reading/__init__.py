"""What one commit says: its configuration, declared streams, histories and holds. Earlier commits are not looked at."""
