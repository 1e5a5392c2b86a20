"""Findings from the JSON Schemas. The only importer of jsonschema."""
