"""OCI distribution client: asks registries what a source is now, within limits, with the right credentials.

`client.RegistryClient` answers a `Question` with an `Answer`, and a `Listing` with all tags of a repository; it never
raises for what a remote does. The rest of the room are its parts: where to ask (`endpoint`, `registriesconf`,
`mirrored`), how to be let in (`challenge`, `authentication`, `credentials`), how often and how many at once
(`exchange`, `host`, `allowance`), and what the answers mean (`manifest`, `metadata`, `listing`, `status_error`).
"""
