"""The pass: observe (a commit and the answers of registries become a World), plan, apply (drafts, commits, a push)."""
