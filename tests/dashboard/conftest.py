"""One service and one dashboard, shared by all tests that do not change them."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.workplace import PipelineRun
from tests.dashboard.dashboard_process import OTHER, Service, dashboard, two_symbols
from tests.dashboard.page import Page
from tests.pages.browser import Browser


@pytest.fixture(scope="session")
def service(stepped: PipelineRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    started = Service.start(two_symbols(stepped, tmp_path_factory.mktemp("dashboard")))
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def address(service: Service) -> Iterator[str]:
    with dashboard(service.folder, service.url, timeout=5) as started:
        yield started


@pytest.fixture(scope="session")
def unreachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard whose service address refuses connections."""
    with dashboard(tmp_path_factory.mktemp("unreachable"), "http://127.0.0.1:9") as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Page:
    browser.resize(1440, 1000)
    # The page of a stopped dashboard logs errors. Other pages stay, because the next one then loads twice as fast.
    if not browser.driver.current_url.startswith(f"{address}/"):
        browser.clear()
    browser.errors()
    browser.requested()
    return Page(browser, address)


@pytest.fixture
def stoppable_service(service: Service) -> Iterator[Service]:
    """The service, restarted after a test that stopped it."""
    yield service
    if service.command.process.poll() is not None:
        service.restart()


@pytest.fixture
def table(service: Service, tmp_path: Path) -> Path:
    """A CSV file with the stored closes of the second symbol."""
    window = httpx.get(f"{service.url}/symbols/{OTHER}/window", trust_env=False).json()
    lines = [f"{day},{close!r}" for day, close in zip(window["dates"], window["close"], strict=True)]
    path = tmp_path / "closes.csv"
    path.write_text("\n".join(["Date,Close", *lines]) + "\n")
    return path


@pytest.fixture
def candles(table: Path) -> Path:
    """The same file with open, high and low."""
    rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
    with_bars = [f"{day},{float(p) * 0.99},{float(p) * 1.01},{float(p) * 0.98},{p}" for day, p in rows]
    path = table.with_name("candles.csv")
    path.write_text("\n".join(["Date,Open,High,Low,Close", *with_bars]) + "\n")
    return path
