"""Who wrote what, from git alone: the one reader of earlier commits.

Every conclusion from an earlier version of a file goes through this room, so no code can forget to check who wrote it.
"""
