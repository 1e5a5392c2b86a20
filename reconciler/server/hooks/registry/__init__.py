"""Registries that post events: one module a kind of sender, and `pushed`, which makes their hints.

Only a push gives a hint. Pulls, deletions, scans, pings and unknown kinds of events give none, and are answered with
2xx all the same: distribution repeats an event, and sends no other, until it gets a 2xx. A deletion changes nothing
here: a tag that the registry does not have any more keeps its image.
"""
