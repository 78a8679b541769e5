"""The dashboard of the chart, shown in a browser: its pod reaches the service through the network policies."""

import pytest

from dashboard.texts import Texts
from tests.dashboard.page import Page
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, Release, give_prices, new_namespace, values_of
from tests.pages.browser import open_browser

EN = Texts("en")


@pytest.mark.parametrize("topology", ["collocated", "separate"])
def test_dashboard_shows_a_forecast_and_the_state_of_the_service(topology: str) -> None:
    with new_namespace() as namespace:
        give_prices(namespace, csv_without_last(0))
        release = Release(namespace, separate=topology == "separate")
        release.install(values=values_of(topology, dashboard={"enabled": True}))
        release.bootstrapped()
        name = f"{release.name}-dashboard"
        namespace.kubectl("wait", f"deployment/{name}", "--for=condition=Available", "--timeout=300s")
        with release.client() as client:
            stored = client.get(f"/symbols/{SYMBOL}/window").json()
        with namespace.forwarded(f"service/{name}", 80) as (address,), open_browser() as browser:
            page = Page(browser, f"http://{address}")
            page.open(f"?symbol={SYMBOL}&lang=en", text=EN("export.title"))
            assert page.metric(EN("forecast.last")) == EN.price(stored["close"][-1])
            assert str(release.served()) in page.text
            assert browser.errors() == []
            page.open("?page=operations&lang=en", text=EN("ops.gate"))
            page.says(EN("ops.is_ready"), str(release.served()))
            assert EN("ops.not_ready") not in page.text
