"""Documentation tools: generation of the reference pages from code, and a hook for MkDocs."""
