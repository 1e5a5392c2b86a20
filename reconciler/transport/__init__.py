"""HTTP sessions: CAs, guards, time limits, redaction. The only importer of requests."""
