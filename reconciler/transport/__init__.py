"""HTTP over kept connections: certificates, proxies, time limits and guards; only importer of requests.

`session.Transport` sends one `message.Request` and returns one `message.Response`; an error below HTTP is a
`RemoteError`. It follows no redirects, adds no credentials and knows nothing about registries.
"""
