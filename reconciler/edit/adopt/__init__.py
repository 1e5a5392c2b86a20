"""Adoption: streams that exist elsewhere become specs and histories of this repository."""
