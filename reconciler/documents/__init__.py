"""Documents: YAML and JSON with positions: find, load, classify, convert, render. The only importer of ruamel.yaml."""
