"""Mirrors of a remote's branch on this machine."""
