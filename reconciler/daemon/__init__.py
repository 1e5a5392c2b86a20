"""The long-lived loop of `imagestream run`: it wakes, takes a turn, and sleeps."""
