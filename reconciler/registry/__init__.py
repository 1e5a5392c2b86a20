"""OCI distribution client: looks up images and tags in registries, within limits and with the right credentials.

`client.RegistryClient` answers a `Question` with an `Answer`, and a `Listing` with all tags of a repository; it never
raises an error for what a remote does. The other modules are its parts: where a question goes (`endpoint`,
`registries_conf`, `mirror_list`, `address`), how to authenticate (`challenge`, `authentication`, `token`,
`credentials`, `cloud`), how many requests are sent (`exchange`, `circuit_breaker`, `rate_limit`), and what the answers
mean (`image_lookup`, `manifest`, `metadata`, `listing`, `answer_error`).
"""
