"""Promotion of a version: the promoter, its checks, and the local and Kubernetes targets."""
