"""HTTP over kept connections: certificates, proxies, time limits and guards; only importer of requests.

`session.Transport` sends one `message.HttpRequest` and returns one `message.HttpResponse`; an error below HTTP is a
`RemoteError`. Redirects, credentials and the rules of registries belong to its callers.
"""
