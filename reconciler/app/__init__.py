"""The composition root: builds the parts that a command needs from its options, and closes them at the end.

A command gets one application: `App` where git is enough, `RegistryApp` where registries are looked up, `RunApp` for
the long-lived loop. Each is cheap to make, opens a thing when it is first needed, and closes all in reverse order.
They are apart so that a command imports what it uses, and nothing more. What depends on files that may change while the
loop runs is built again by `reconciler.daemon.wiring`.
"""
