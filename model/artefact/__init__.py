"""The version folder: manifest, digests, atomic publication, the `current` pointer."""
