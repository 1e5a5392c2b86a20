"""Use cases that change a spec or a history on a person's behalf: tag, promote, roll back, import, adopt and others."""
