"""Git: snapshots, objects, commits, pushes, logs. The only importer of GitPython."""
