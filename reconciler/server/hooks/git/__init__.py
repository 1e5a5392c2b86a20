"""Git hosts that post events: one module a kind of sender, and `branch`, which makes their hints.

Only a push of a branch gives a hint. Pushes of tags, merge requests, pings and unknown kinds of events give none.
"""
