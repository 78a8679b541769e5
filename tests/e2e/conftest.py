"""Tests against the cluster of the current kubeconfig. They are skipped unless NEXTCLOSE_E2E is set.

`--full` adds the tests marked `long`. `--disposable` adds those that drain nodes or kill pods; use it only on a cluster
that may be disturbed.
"""

import os
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 1200  # timeout of one test with its fixtures, which install a release and train a model
OPTIONS = {"long": "--full", "disposable": "--disposable"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="also run the long tests")
    parser.addoption("--disposable", action="store_true", help="also run tests that drain nodes and kill pods")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: on a cluster, only with --full")
    config.addinivalue_line("markers", "disposable: on a cluster that may be disturbed, only with --disposable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if HERE not in item.path.parents:
            continue
        reasons = [
            _skip_reason(),
            *(f"without {option}" for mark, option in OPTIONS.items() if _lacks_option(config, item, mark)),
        ]
        item.add_marker(pytest.mark.timeout(SECONDS))
        for reason in filter(None, reasons):
            item.add_marker(pytest.mark.skip(reason=reason))


def _lacks_option(config: pytest.Config, item: pytest.Item, mark: str) -> bool:
    # pytest does not know the options if it was started with another folder.
    return item.get_closest_marker(mark) is not None and not config.getoption(OPTIONS[mark], default=False)


@cache
def _skip_reason() -> str | None:
    if not os.environ.get("NEXTCLOSE_E2E"):
        return "NEXTCLOSE_E2E is not set: these tests change a cluster"
    from jobs.cluster.api import ServiceApi, ServiceMissingError
    from model.contract.errors import ClusterError

    try:
        ServiceApi("nextclose-none", "default").read()
    except ServiceMissingError:
        return None
    except ClusterError as error:
        if os.environ.get("CI"):
            pytest.exit(f"NEXTCLOSE_E2E is set, but there is no cluster with KServe: {error}", returncode=1)
        return f"no cluster with KServe: {error}"
    return None
