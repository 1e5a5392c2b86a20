"""The one place for what tests put in place of the world: clocks, servers, registries, images. Typed and tested."""
