"""The only package that talks to Kubernetes: the InferenceService, its Deployments, its pods and its Events."""
