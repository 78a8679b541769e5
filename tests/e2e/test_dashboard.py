"""The dashboard by one value of the chart: its pod asks the service through the network policies, for a browser."""

import pytest

from dashboard.texts import Texts
from tests.dashboard.page import Page
from tests.e2e.prices import csv_without_last
from tests.e2e.release import SYMBOL, Release, give_prices, namespace, values_of
from tests.pages.browser import open_browser

EN = Texts("en")


@pytest.mark.parametrize("topology", ["collocated", "separate"])
def test_a_visitor_sees_a_forecast_and_the_state_of_the_service(topology: str) -> None:
    with namespace() as place:
        give_prices(place, csv_without_last(0))
        release = Release(place, separate=topology == "separate")
        release.install(values=values_of(topology, dashboard={"enabled": True}))
        release.bootstrapped()
        name = f"{release.name}-dashboard"
        place.kubectl("wait", f"deployment/{name}", "--for=condition=Available", "--timeout=300s")
        with release.client() as client:
            stored = client.get(f"/symbols/{SYMBOL}/window").json()
        with place.forwarded(f"service/{name}", 80) as (address,), open_browser() as browser:
            page = Page(browser, f"http://{address}")
            page.open(f"?symbol={SYMBOL}&lang=en", text=EN("take.title"))
            assert page.metric(EN("forecast.last")) == EN.price(stored["close"][-1])
            assert str(release.served()) in page.text
            assert browser.errors() == []
            page.open("?page=operations&lang=en", text=EN("ops.gate"))
            page.says(EN("ops.is_ready"), str(release.served()))
            assert EN("ops.not_ready") not in page.text
