"""Tests against the cluster that the current kubeconfig names, where NEXTCLOSE_E2E asks for them; else skipped.

`--full` adds those marked `long`; `--disposable` those that drain nodes or stop pods, on a cluster made for that.
"""

import os
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 1200  # of one test with what it needs: an installation trains, and pods start
OPTIONS = {"long": "--full", "disposable": "--disposable"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run what takes long, too")
    parser.addoption("--disposable", action="store_true", help="the cluster may be disturbed: drain nodes, stop pods")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: on a cluster, only with --full")
    config.addinivalue_line("markers", "disposable: on a cluster that may be disturbed, only with --disposable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if HERE not in item.path.parents:
            continue
        reasons = [
            _why_not(),
            *(f"without {option}" for mark, option in OPTIONS.items() if _without(config, item, mark)),
        ]
        item.add_marker(pytest.mark.timeout(SECONDS))
        for reason in filter(None, reasons):
            item.add_marker(pytest.mark.skip(reason=reason))


def _without(config: pytest.Config, item: pytest.Item, mark: str) -> bool:
    # The options are not there where pytest was not started with this folder.
    return item.get_closest_marker(mark) is not None and not config.getoption(OPTIONS[mark], default=False)


@cache
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
        if os.environ.get("CI"):
            pytest.exit(f"NEXTCLOSE_E2E is set, and there is no cluster with KServe: {error}", returncode=1)
        return f"no cluster with KServe: {error}"
    return None
