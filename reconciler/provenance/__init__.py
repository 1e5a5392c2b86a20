"""Who wrote what, from git alone: the one reader of earlier commits.

Whatever is concluded from an earlier version of a file goes through here: nobody can forget to ask who wrote it.
"""
