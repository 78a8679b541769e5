"""What the pages do, by Streamlit's AppTest before the real pair."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard.client import service as client
from dashboard.settings import settings
from dashboard.texts import Texts
from tests.cli.workplace import Stepped
from tests.dashboard.shown import NAMED, OTHER, Service
from tests.programs import require_program

# The file, not the module: importing it would run it.
_APP: Final = str(Path(dashboard.__file__).with_name("app.py"))
EN, PT = Texts("en"), Texts("pt-BR")


def visit(query: dict[str, str] | None = None) -> AppTest:
    """The first look of a visitor."""
    test = AppTest.from_file(_APP, default_timeout=30)
    for name, value in {"lang": "en", **(query or {})}.items():
        test.query_params[name] = value
    return test.run()


def said(test: AppTest) -> str:
    """All text on the page."""
    assert not test.exception, test.exception
    kinds = ("markdown", "info", "warning", "error", "success", "title", "header", "caption", "code")
    shown = "\n".join(str(getattr(element, "value", "")) for kind in kinds for element in test.get(kind))
    return shown.replace("\\", "")  # marks that are no Markdown


@pytest.fixture(autouse=True)
def asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NEXTCLOSE_DASHBOARD_URL", service.url)
    _forget()
    yield
    _forget()


def _forget() -> None:
    if client.cache_info().currsize:
        client().close()
    settings.cache_clear()
    client.cache_clear()


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in test.metric}


def test_the_symbol_of_the_address_is_asked(service: Service, stepped: Stepped) -> None:
    test = visit({"symbol": OTHER})
    last = float(stepped.place.series.adjusted[-1])
    assert metrics(test)[EN("forecast.last")] == EN.price(2 * last)
    test.selectbox(key="symbol_box").select(stepped.place.symbol).run()
    assert metrics(test)[EN("forecast.last")] == EN.price(last)
    assert test.query_params["symbol"] in (stepped.place.symbol, [stepped.place.symbol])
    assert EN("forecast.stale", count="1", date="", target="")[:15] in said(test)


def test_all_of_it_changes_its_language() -> None:
    test = visit({"symbol": OTHER})
    test.selectbox(key="language").select("pt-BR").run()
    assert PT("forecast.median") in metrics(test)
    assert test.title[0].value == PT("page.forecast")
    assert test.query_params["lang"] in ("pt-BR", ["pt-BR"])


def test_what_if_moves_naive_and_request(stepped: Stepped) -> None:
    test = visit({"symbol": OTHER})
    assert '"BYTES"' in test.code[0].value
    before = metrics(test)
    slider = test.select_slider[-1]
    slider.set_value(-2).run()
    last = 2 * float(stepped.place.series.adjusted[-1])
    assert metrics(test)[EN("forecast.last")] == EN.price(last * 0.99)
    assert EN("whatif.active", forecast=before[EN("forecast.median")]) in said(test)
    assert '"FP64"' in test.code[0].value
    reset = next(button for button in test.button if button.label == EN("whatif.reset"))
    reset.click().run()
    assert metrics(test) == before


@pytest.mark.parametrize("form", ["curl", "Python", "JSON"])
def test_a_copied_request_gets_the_answer_that_is_shown(form: str, service: Service) -> None:
    test = visit({"symbol": OTHER})
    test.select_slider[-1].set_value(5).run()
    test.radio(key="form").set_value(form).run()
    text = test.code[0].value
    if form == "JSON":
        answer = httpx.post(f"{service.url}/v2/models/nextclose/infer", content=text, trust_env=False).text
    else:
        command = (
            [sys.executable, "-c", text] if form == "Python" else [str(require_program("curl")), *shlex.split(text)[1:]]
        )
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    outputs = {output["name"]: output["data"] for output in json.loads(answer)["outputs"]}
    assert EN.price(outputs["forecast"][0]) == metrics(test)[EN("forecast.median")]


def test_pasted_closes_and_their_faults() -> None:
    test = visit()
    test.radio(key="source").set_value("paste").run()
    assert EN("forecast.wait_text") in said(test)
    closes = [f"{30 + 0.1 * day:.2f}" for day in range(60)]
    test.text_area(key="text").set_value(" ".join(closes)).run()
    assert metrics(test)[EN("forecast.last")] == "35.90"
    assert metrics(test)[EN("forecast.target")] == EN("forecast.next")
    jump = " ".join([*closes[:-1], "359"])
    test.text_area(key="text").set_value(jump).run()
    assert "Line 60: a change by at most a factor of 3" in said(test)
    assert not test.metric
    test.checkbox(key="allow_jumps").check().run()
    assert metrics(test)[EN("forecast.last")] == "359.00"
    assert '"allow_jumps": true' in test.code[0].value


def test_the_track_record_says_whether_it_beats_tomorrow_is_today(service: Service) -> None:
    verdict = httpx.get(f"{service.url}/report", trust_env=False).json()["verdict"]
    for texts in (EN, PT):
        told = said(visit({"page": "track-record", "lang": texts.language}))
        assert texts(f"record.point.{verdict['point']}") in told
        assert texts(f"record.distribution.{verdict['distribution']}") in told


def test_operations_tell_what_jobs_left(stepped: Stepped) -> None:
    test = visit({"page": "operations"})
    told = said(test)
    assert NAMED in told
    assert "Refused by the gate" in told
    assert "1 minute" in told or "75 seconds" in told
    assert metrics(test)[EN("ops.rate")]
    assert EN("ops.no_requests") not in metrics(test)[EN("ops.p50")]
    assert "since it started" in told
    assert "over the last" in said(test.run())


def test_a_prometheus_that_is_away_is_told_and_metrics_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_DASHBOARD_PROMETHEUS", "http://127.0.0.1:9")
    _forget()
    test = visit({"page": "operations"})
    assert EN("ops.prometheus_away", reason="http")[:60] in said(test)
    assert EN("away") not in said(test)
    assert metrics(test)[EN("ops.rate")]


def test_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOSE_DASHBOARD_URL", "http://127.0.0.1:9")
    for page in ("forecast", "track-record", "operations"):
        _forget()
        test = visit({"page": page})
        assert EN("away") in said(test)
        assert [button.label for button in test.button] == [EN("retry")]
