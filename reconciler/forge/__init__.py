"""Git hosts as more than git: tokens of a GitHub App. Pull requests have their place here; none is opened yet."""
