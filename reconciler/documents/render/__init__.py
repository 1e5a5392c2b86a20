"""Rendering: files of the reconciler and new ImageStream files, from values of the model to bytes."""
