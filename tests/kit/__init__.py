"""The test doubles: clocks, servers, registries, images. They are typed and tested."""
