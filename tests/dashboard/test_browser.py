"""The dashboard in a real browser before the real pair."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard.texts import Texts
from tests.cli.workplace import Stepped
from tests.dashboard.page import Page
from tests.dashboard.shown import OTHER, Service, dashboard

EN, PT = Texts("en"), Texts("pt-BR")
CANDLES = "[data-testid=stPlotlyChart] .boxlayer path.box"


def infer(service: Service, symbol: str) -> dict[str, list[float]]:
    tensor = {"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [symbol]}
    answer = httpx.post(f"{service.url}/v2/models/nextclose/infer", json={"inputs": [tensor]}, trust_env=False).json()
    return {output["name"]: output["data"] for output in answer["outputs"]}


def test_a_forecast_by_symbol(page: Page, service: Service, stepped: Stepped) -> None:
    page.open(f"?symbol={stepped.place.symbol}&lang=en", text=EN("take.title"))
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


def test_everything_is_asked_of_the_dashboard_alone(page: Page, address: str) -> None:
    page.browser.requested()
    for path in ("", "track-record", "operations"):
        page.open(f"{path}?lang=en")
        asked = {urlsplit(one).netloc for one in page.browser.requested()}
        assert asked == {urlsplit(address).netloc}
    styles = page.driver.execute_script("return [...document.fonts].map((font) => font.family)")
    assert styles, "fonts come along"


def test_a_link_leads_to_symbol_page_and_language(page: Page) -> None:
    page.open(f"?symbol={OTHER}&lang=pt-BR", text=PT("take.title"))
    assert OTHER in str(page.one("[data-testid=stSelectbox] input[aria-label], [data-testid=stSelectbox]").text) or (
        OTHER in page.one("[data-testid=stCode]").text
    )
    page.driver.find_element(By.LINK_TEXT, PT("page.track_record")).click()
    page.says(PT("record.verdict"))
    there = urlsplit(page.driver.current_url)
    assert there.path == "/track-record"
    assert parse_qs(there.query)["lang"] == ["pt-BR"]
    page.driver.find_element(By.LINK_TEXT, PT("page.forecast")).click()
    page.says(PT("take.title"))
    assert parse_qs(urlsplit(page.driver.current_url).query) == {"lang": ["pt-BR"], "symbol": [OTHER]}
    page.open("?page=operations&lang=en", text=EN("ops.ready"))
    assert urlsplit(page.driver.current_url).path == "/operations"


def test_a_symbol_that_is_not_there(page: Page, stepped: Stepped) -> None:
    page.open("?symbol=NONE9.SA&lang=en", text="There are no prices of NONE9.SA")
    assert page.metric(EN("forecast.last")) == EN.price(stepped.place.series.adjusted[-1])


def test_a_file_good_and_bad(page: Page, service: Service, table: Path) -> None:
    page.open("?lang=en", text=EN("take.title"))
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(table))
    page.says(EN("take.title"))
    answer = infer(service, OTHER)
    assert page.metric(EN("forecast.median")) == EN.price(answer["forecast"][0])
    assert "symbol" not in parse_qs(urlsplit(page.driver.current_url).query)

    bad = table.with_name("bad.csv")
    lines = table.read_text().splitlines()
    lines[16] = lines[16].split(",")[0] + ",n/a"
    bad.write_text("\n".join(lines))
    page.open("?lang=en", text=EN("take.title"))
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(bad))
    page.says("Line 17, column Close: a price is expected, got “n/a”.")
    assert EN("take.title") not in page.text


def test_a_file_with_all_four_prices_is_drawn_as_candles(page: Page, candles: Path) -> None:
    page.open("?lang=en", text=EN("take.title"))
    assert page.find(CANDLES) == []
    page.choose(EN("source.upload"))
    page.says(EN("forecast.wait_file"))
    page.one("input[type=file]").send_keys(str(candles))
    page.says(EN("take.title"))
    page.wait(lambda: len(page.find(CANDLES)) == 60, "sixty candles")
    drawn = [one.rect for one in page.find(CANDLES)]
    assert all(one["height"] > 0 for one in drawn)
    assert len({one["x"] for one in drawn}) == 60


def test_pasted_text(page: Page, service: Service, table: Path) -> None:
    page.open("?lang=pt-BR", text=PT("take.title"))
    page.choose(PT("source.paste"))
    page.says(PT("forecast.wait_text"))
    closes = [line.split(",")[1].replace(".", ",") for line in table.read_text().splitlines()[1:]]
    page.one("textarea").send_keys("; ".join(closes[:-1]))
    page.press(PT("forecast.text_button"))
    page.says(PT("closes.too_few", expected=60, got=59))
    page.one("textarea").send_keys(f"; {closes[-1]}")
    page.press(PT("forecast.text_button"))
    page.says(PT("take.title"))
    assert page.metric(PT("forecast.median")) == PT.price(infer(service, OTHER)["forecast"][0])


def test_what_if_by_the_keyboard(page: Page, service: Service) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("take.title"))
    naive = infer(service, OTHER)["naive"][0]
    last = page.find("[data-testid=stSlider] input[type=range], [data-testid=stSlider] [role=slider]")[-1]
    page.driver.execute_script("arguments[0].focus()", last)
    for _ in range(4):
        page.driver.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    page.says("What if: the last closes are moved")
    page.wait(lambda: page.metric(EN("forecast.last")) == EN.price(naive * 1.02), "the naive forecast follows")
    page.says_no_more("BYTES")
    page.press(EN("whatif.reset"))
    page.says_no_more("What if: the last closes are moved")
    assert page.metric(EN("forecast.last")) == EN.price(naive)


def test_track_record(page: Page, service: Service) -> None:
    page.open("track-record?lang=en", text=EN("record.table"))
    report = httpx.get(f"{service.url}/report", trust_env=False).json()
    for part in ("point", "distribution"):
        assert EN(f"verdict.{part}.{report['verdict'][part]}") in page.text
    for section in ("outcomes", "section.coverage", "section.error", "section.calibration", "live"):
        assert EN(f"record.{section}") in page.text
    assert len(page.find("[data-testid=stPlotlyChart]")) == 4
    assert re.search(r"\d+ of 120 closes lie within the 90 % interval", page.text)


def test_operations_look_again_by_themselves(page: Page, stepped: Stepped) -> None:
    page.open("operations?lang=en", text=EN("ops.gate"))
    version = stepped.place.registry.versions()[0]
    for told in (version, "Refused by the gate", "2 new sessions", "its 50 % interval held too much",
                 "Refused: its *CRPS* is larger.", "bootstrap", EN("ops.is_ready")):  # fmt: skip
        assert told in page.text
    assert EN("ops.not_ready") not in page.text
    seen = re.search(r"As of (.*)\.", page.text)
    assert seen
    page.says_no_more(seen[0])
    page.says("over the last")


def test_narrow_and_wide(page: Page) -> None:
    for width in (360, 768, 1440):
        page.browser.resize(width, 800)
        for path, text in (
            ("", EN("take.title")),
            ("track-record", EN("record.table")),
            ("operations", EN("ops.gate")),
        ):
            page.open(f"{path}?lang=en", text=text)
            assert page.overflow() == 0, f"{path} at {width}"
            for chart in page.find("[data-testid=stPlotlyChart]"):
                assert chart.size["width"] <= width


def test_portuguese_by_the_browser_s_language(page: Page, service: Service, stepped: Stepped) -> None:
    page.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "pt-BR"})
    page.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": "test", "acceptLanguage": "pt-BR"})
    try:
        page.open(f"?symbol={OTHER}", text=PT("take.title"))
    finally:
        page.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {})
        page.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": ""})
    assert page.metric(PT("forecast.median")) == PT.price(infer(service, OTHER)["forecast"][0])
    assert "," in page.metric(PT("forecast.median"))
    assert PT.day(stepped.place.series.last) in page.text
    assert page.driver.execute_script("return document.documentElement.lang") == "pt-BR"
    assert EN("forecast.median") not in page.text


def test_light_and_dark_follow_the_system(page: Page) -> None:
    grounds = {}
    for dark in (False, True):
        page.open("?lang=en", text=EN("take.title"), dark=dark)
        grounds[dark] = page.driver.execute_script(
            "return getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
    light, dark_ground = (sum(map(int, re.findall(r"\d+", grounds[dark])[:3])) for dark in (False, True))
    assert light > 600
    assert dark_ground < 150


def test_the_service_goes_away_and_comes_back(page: Page, leaving: Service) -> None:
    page.open(f"?symbol={OTHER}&lang=en", text=EN("take.title"))
    leaving.leave()
    page.choose(EN("source.paste"))
    page.says(EN("forecast.wait_text"))
    page.choose(EN("source.stored"))
    page.says(EN("away"), "nothing answers here", EN("retry"))
    for path in ("track-record", "operations"):
        page.open(f"{path}?lang=en", text=EN("away"))
    page.open(f"?symbol={OTHER}&lang=en", text=EN("away"))
    leaving.come_back()
    page.press(EN("retry"))
    page.says(EN("take.title"))
    assert page.metric(EN("forecast.median")) == EN.price(infer(leaving, OTHER)["forecast"][0])


def test_an_address_without_a_service(page: Page, tmp_path: Path) -> None:
    with dashboard(tmp_path, "http://127.0.0.1:9") as address:
        Page(page.browser, address).open("?lang=pt-BR", text=PT("away"))
