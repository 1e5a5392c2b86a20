"""Documents: YAML and JSON with positions, read, converted, edited and rendered. Only importer of ruamel.yaml."""
