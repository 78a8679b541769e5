"""One service and one dashboard for all tests that only look."""

from collections.abc import Iterator

import pytest

from tests.cli.workplace import Stepped
from tests.dashboard.shown import Service, dashboard, two_symbols
from tests.pages.browser import Browser, open_browser


@pytest.fixture(scope="session")
def service(stepped: Stepped, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service.start(two_symbols(stepped, tmp_path_factory.mktemp("dashboard")))
    try:
        yield started
    finally:
        started.leave()


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    with dashboard(service.folder, service.url, timeout=5) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened
