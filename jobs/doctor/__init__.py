"""Checks of `nextclose doctor` on this machine. `jobs.cluster.examination` has the checks of the cluster."""
