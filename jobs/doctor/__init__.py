"""Checks of `nextclose doctor` on this machine. `jobs.doctor.cluster_checks` has the checks of the cluster."""
