"""The only room that knows Kubernetes: the InferenceService, its Deployments and pods, and Events about it."""
