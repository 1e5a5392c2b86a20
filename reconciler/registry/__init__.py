"""OCI distribution client: asks registries what a source is now, within limits, with the right credentials.

`client.RegistryClient` answers one `Question` with one `Answer`, a `Listing` with all tags, and never raises for what a remote does. The rest of
the room are its parts: where to ask (`endpoint`), how to be let in (`challenge`, `authentication`, `credentials`),
how often and how many at once (`exchange`, `host`), and what the answers mean (`manifest`, `metadata`, `listing`,
`refusal`).
"""
