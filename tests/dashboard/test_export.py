"""Export of requests and forecasts from the forecast page."""

import json
from pathlib import Path

import httpx
import pytest

from dashboard.texts import Texts
from tests.dashboard.dashboard_process import OTHER, Service
from tests.dashboard.page import Page

EN = Texts("en")


def test_forecast_is_downloaded_as_csv_and_json(page: Page, service: Service, tmp_path: Path) -> None:
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    page.open(f"?symbol={OTHER}&lang=en", text=EN("export.title"))
    for name in ("export.csv", "export.json"):
        page.press(EN(name))
    page.wait(
        lambda: len([one for one in tmp_path.iterdir() if one.suffix in {".csv", ".json"}]) == 2,
        "two files are downloaded",
    )
    (document,) = (json.loads(one.read_text()) for one in tmp_path.glob("*.json"))
    assert document["model_version"] == httpx.get(f"{service.url}/", trust_env=False).json()["versions"][0]
    (text,) = (one.read_text() for one in tmp_path.glob("*.csv"))
    assert text.startswith("symbol,data_until,target_session,naive,forecast,q0.05,")
    assert f"\n{OTHER}," in text


@pytest.mark.parametrize(("form", "part"), [("curl", "curl -s"), ("Python", "import ")])
def test_copy_button_copies_the_request(page: Page, address: str, form: str, part: str) -> None:
    grant = {"origin": address, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    page.driver.execute_cdp_cmd("Browser.grantPermissions", grant)
    page.open(f"?symbol={OTHER}&lang=en", text=EN("export.title"))
    page.choose(form)
    page.wait(lambda: page.at_rest() and part in page.one("[data-testid=stCode] code").text, f"the request as {form}")
    page.one("[data-testid=stCode] [aria-label='Copy to clipboard']").click()
    shown = page.one("[data-testid=stCode] code").get_attribute("textContent") or ""
    page.wait(lambda: clipboard(page).strip() == shown.strip(), f"the clipboard holds {shown!r}")
    assert OTHER in shown


def clipboard(page: Page) -> str:
    script = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done(String(e)))"
    return str(page.driver.execute_async_script(script))
