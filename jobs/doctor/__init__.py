"""What `nextclose doctor` looks at on this machine; Kubernetes is looked at by `jobs.cluster.examination`."""
