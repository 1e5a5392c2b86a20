"""Delivery: sinks are told of the changes in git, at least once, in order, each sink at its own pace."""
