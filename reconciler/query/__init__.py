"""Use cases that only read: `status`, `describe`, `find`, `validate`; and the views that they return."""
