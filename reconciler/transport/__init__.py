"""HTTP over kept connections: certificates, proxies, time limits and guards; only importer of requests.

`session.Transport` sends one `message.HttpRequest` and returns one `message.HttpResponse`; an error below HTTP is a
`RemoteError`. It follows no redirects, adds no credentials and knows nothing about registries.
"""
