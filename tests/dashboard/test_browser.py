"""The dashboard in a real browser, with a real pair as its service."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.cli.workplace import PipelineRun
from tests.dashboard.dashboard_process import OTHER, Service
from tests.dashboard.page import Page

EN, PT = Texts("en"), Texts("pt-BR")
CANDLES = "[data-testid=stPlotlyChart] .boxlayer path.box"


def infer(service: Service, symbol: str) -> dict[str, list[float]]:
    tensor = {"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [symbol]}
    answer = httpx.post(f"{service.url}/v2/models/nextclose/infer", json={"inputs": [tensor]}, trust_env=False).json()
    return {output["name"]: output["data"] for output in answer["outputs"]}


def test_forecast_by_symbol_equals_the_answer_of_the_service(
    page: Page, service: Service, stepped: PipelineRun
) -> None:
    page.open(f"?symbol={stepped.place.symbol}&lang=en", text=EN("export.title"))
    answer = infer(service, stepped.place.symbol)
    assert page.metric(EN("forecast.median")) == EN.price(answer["forecast"][0])
    assert page.metric(EN("forecast.last")) == EN.price(answer["naive"][0])
    low, high = (EN.price(answer["quantiles"][i]) for i in (0, 6))
    assert page.metric(EN("forecast.interval90")) == f"{low} \N{EN DASH} {high}"
    assert stepped.place.registry.versions()[0] in page.text
    assert EN.day(stepped.place.series.last) in page.text
    alternative = page.one("[data-testid=stPlotlyChart] [aria-label], [data-testid=stPlotlyChart][aria-label]")
    assert EN.price(answer["forecast"][0]) in str(alternative.get_attribute("aria-label"))
    assert page.browser.errors() == []


def test_browser_sends_requests_only_to_the_dashboard(page: Page, address: str) -> None:
    page.browser.requested()
    for path in ("", "track-record", "operations"):
        page.open(f"{path}?lang=en")
        hosts = {urlsplit(one).netloc for one in page.browser.requested()}
        assert hosts == {urlsplit(address).netloc}
    fonts = page.driver.execute_script("return [...document.fonts].map((font) => font.family)")
    assert fonts, "the dashboard serves its fonts"


def test_url_selects_symbol_page_and_language(page: Page) -> None:
    page.open(f"?symbol={OTHER}&lang=pt-BR", text=PT("export.title"))
    assert OTHER in str(page.one("[data-testid=stSelectbox] input[aria-label], [data-testid=stSelectbox]").text) or (
        OTHER in page.one("[data-testid=stCode]").text
    )
    page.driver.find_element(By.LINK_TEXT, PT("page.track_record")).click()
    page.says(PT("record.verdict"))
    url = urlsplit(page.driver.current_url)
    assert url.path == "/track-record"
    assert parse_qs(url.query)["lang"] == ["pt-BR"]
    page.driver.find_element(By.LINK_TEXT, PT("page.forecast")).click()
    page.says(PT("export.title"))
    assert parse_qs(urlsplit(page.driver.current_url).query) == {"lang": ["pt-BR"], "symbol": [OTHER]}
    page.open("?page=operations&lang=en", text=EN("ops.health"))
    assert urlsplit(page.driver.current_url).path == "/operations"


def test_unknown_symbol_falls_back_to_the_first(page: Page, stepped: PipelineRun) -> None:
    page.open("?symbol=NONE9.SA&lang=en", text="No prices for NONE9.SA")
    assert page.metric(EN("forecast.last")) == EN.price(stepped.place.series.adjusted[-1])


def test_uploaded_file_is_forecast_or_refused_with_the_line(page: Page, service: Service, table: Path) -> None:
    page.open("?lang=en", text=EN("export.title"))
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(table))
    page.says(EN("export.title"))
    answer = infer(service, OTHER)
    assert page.metric(EN("forecast.median")) == EN.price(answer["forecast"][0])
    assert "symbol" not in parse_qs(urlsplit(page.driver.current_url).query)

    bad = table.with_name("bad.csv")
    lines = table.read_text().splitlines()
    lines[16] = lines[16].split(",")[0] + ",n/a"
    bad.write_text("\n".join(lines))
    page.open("?lang=en", text=EN("export.title"))
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(bad))
    page.says("Line 17, column Close: expected a price, got “n/a”.")
    assert EN("export.title") not in page.text


def test_file_with_open_high_and_low_is_drawn_as_candles(page: Page, candles: Path) -> None:
    page.open("?lang=en", text=EN("export.title"))
    assert page.find(CANDLES) == []
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(candles))
    page.says(EN("export.title"))
    page.wait(lambda: len(page.find(CANDLES)) == 60, "60 candles are drawn")
    drawn = [one.rect for one in page.find(CANDLES)]
    assert all(one["height"] > 0 for one in drawn)
    assert len({one["x"] for one in drawn}) == 60


def test_pasted_text_is_forecast_in_portuguese(page: Page, service: Service, table: Path) -> None:
    page.open("?lang=pt-BR", text=PT("export.title"))
    page.choose(PT("source.paste"))
    page.says(PT("forecast.wait_text"))
    closes = [line.split(",")[1].replace(".", ",") for line in table.read_text().splitlines()[1:]]
    page.one("textarea").send_keys("; ".join(closes[:-1]))
    page.press(PT("forecast.text_button"))
    page.says(PT("closes.too_few", expected=60, got=59))
    page.one("textarea").send_keys(f"; {closes[-1]}")
    page.press(PT("forecast.text_button"))
    page.says(PT("export.title"))
    assert page.metric(PT("forecast.median")) == PT.price(infer(service, OTHER)["forecast"][0])


def test_what_if_works_by_keyboard(page: Page, service: Service) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("export.title"))
    naive = infer(service, OTHER)["naive"][0]
    last = page.find("[data-testid=stSlider] input[type=range], [data-testid=stSlider] [role=slider]")[-1]
    page.driver.execute_script("arguments[0].focus()", last)
    for _ in range(4):
        page.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.says("What if: the last closes are changed")
    page.wait(lambda: page.metric(EN("forecast.last")) == EN.price(naive * 1.02), "the naive forecast changes")
    page.hides("BYTES")
    page.press(EN("whatif.reset"))
    page.hides("What if: the last closes are changed")
    assert page.metric(EN("forecast.last")) == EN.price(naive)


def test_track_record_shows_verdict_charts_and_coverage(page: Page, service: Service) -> None:
    page.open("track-record?lang=en", text=EN("record.table"))
    report = httpx.get(f"{service.url}/report", trust_env=False).json()
    for part in ("point", "distribution"):
        assert EN(f"verdict.{part}.{report['verdict'][part]}") in page.text
    for section in ("outcomes", "section.coverage", "section.error", "section.calibration", "live"):
        assert EN(f"record.{section}") in page.text
    assert len(page.find("[data-testid=stPlotlyChart]")) == 4
    assert re.search(r"\d+ of 120 closes are within the 90 % interval", page.text)


def test_operations_refresh_automatically(page: Page, stepped: PipelineRun) -> None:
    page.open("operations?lang=en", text=EN("ops.gate"))
    version = stepped.place.registry.versions()[0]
    for text in (version, "Refused by the gate", "2 new sessions", "the coverage of the 50 % interval is too high",
                 "Refused: its *CRPS* is larger.", "bootstrap", EN("ops.is_ready")):  # fmt: skip
        assert text in page.text
    assert EN("ops.not_ready") not in page.text
    updated = re.search(r"As of (.*)\.", page.text)
    assert updated
    page.hides(updated[0])
    page.says("over the last")


def test_pages_fit_phone_tablet_and_desktop(page: Page) -> None:
    for width in (360, 768, 1440):
        page.browser.resize(width, 800)
        for path, text in (
            ("", EN("export.title")),
            ("track-record", EN("record.table")),
            ("operations", EN("ops.gate")),
        ):
            page.open(f"{path}?lang=en", text=text)
            assert page.overflow() == 0, f"{path} at {width}"
            for chart in page.find("[data-testid=stPlotlyChart]"):
                assert chart.size["width"] <= width


def test_language_defaults_to_that_of_the_browser(page: Page, service: Service, stepped: PipelineRun) -> None:
    page.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "pt-BR"})
    page.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": "test", "acceptLanguage": "pt-BR"})
    try:
        page.open(f"?symbol={OTHER}", text=PT("export.title"))
    finally:
        page.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {})
        page.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": ""})
    assert page.metric(PT("forecast.median")) == PT.price(infer(service, OTHER)["forecast"][0])
    assert "," in page.metric(PT("forecast.median"))
    assert PT.day(stepped.place.series.last) in page.text
    assert page.driver.execute_script("return document.documentElement.lang") == "pt-BR"
    assert EN("forecast.median") not in page.text


def test_theme_follows_the_system(page: Page) -> None:
    backgrounds = {}
    for dark in (False, True):
        page.open("?lang=en", text=EN("export.title"), dark=dark)
        backgrounds[dark] = page.driver.execute_script(
            "return getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
    light, dark_background = (sum(map(int, re.findall(r"\d+", backgrounds[dark])[:3])) for dark in (False, True))
    assert light > 600
    assert dark_background < 150


def test_page_recovers_after_the_service_restarts(page: Page, stoppable_service: Service) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("export.title"))
    stoppable_service.stop()
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))
    page.choose(EN("source.stored"))
    page.says(EN("unreachable"), "does not answer", EN("retry"))
    for path in ("track-record", "operations"):
        page.open(f"{path}?lang=en", text=EN("unreachable"))
    page.open(f"?symbol={OTHER}&lang=en", text=EN("unreachable"))
    stoppable_service.restart()
    page.press(EN("retry"))
    page.says(EN("export.title"))
    assert page.metric(EN("forecast.median")) == EN.price(infer(stoppable_service, OTHER)["forecast"][0])


def test_unreachable_service_is_reported(page: Page, unreachable: str) -> None:
    Page(page.browser, unreachable).open("?lang=pt-BR", text=PT("unreachable"))
