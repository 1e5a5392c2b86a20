"""The composition root: the only place that builds things, reads the environment and closes what it built.

A command gets one application: `App` where git is enough, `RegistryApp` where registries are looked up, `RunApp` for
the long-lived loop. Each is cheap to make, opens a thing when it is first needed, and closes all in reverse order.
They are apart so that a command imports what it uses, and nothing more.
"""
