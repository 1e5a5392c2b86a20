"""The APIs of git hosts, beside git itself: tokens of a GitHub App."""
