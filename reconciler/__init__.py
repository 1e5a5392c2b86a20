"""Image streams with git as the store: declare in YAML, compare with registries, commit every move."""

__version__ = "0.1.0"
