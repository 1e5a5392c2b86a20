"""Measurements, printed as they were taken; nothing here asserts a time."""
