"""Tests against the cluster that the current kubeconfig names, where NEXTCLOSE_E2E asks for them; else skipped."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = _why_not()
    if reason is None:
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


def _why_not() -> str | None:
    if not os.environ.get("NEXTCLOSE_E2E"):
        return "NEXTCLOSE_E2E is not set: these change a cluster"
    from jobs.cluster.api import ServiceApi, ServiceMissingError
    from model.contract.errors import ClusterError

    try:
        ServiceApi("nextclose-none", "default").read()
    except ServiceMissingError:
        return None
    except ClusterError as error:
        return f"no cluster with KServe: {error}"
    return None
