"""Pure decisions: what is due, who follows whom, what a foreign change means, the plan, the commit message."""
