"""Notifications to other systems: nothing yet. This version refuses `spec.sinks`."""
