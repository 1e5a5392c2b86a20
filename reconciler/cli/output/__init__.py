"""What commands print: text for people and stable JSON for programs."""
