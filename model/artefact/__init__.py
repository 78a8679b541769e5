"""Version folders and registries: manifest, digests, atomic publication and the `current` pointer."""
