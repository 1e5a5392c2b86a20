"""HTTP over kept connections: certificates, proxies, time limits, guards and redaction; only importer of requests.

`session.Transport` sends one `message.Request` and gives back one `message.Response`; whatever goes wrong below HTTP
is a `RemoteError`. It follows no redirects, sends no credentials of its own and knows nothing of registries.
"""
