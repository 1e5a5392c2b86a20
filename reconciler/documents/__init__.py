"""YAML and JSON with positions: find, load, render. The only importer of ruamel.yaml."""
