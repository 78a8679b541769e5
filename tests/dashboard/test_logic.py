"""Logic of the pages, by Streamlit's AppTest with a real pair as the service."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.workplace import PipelineRun
from tests.dashboard.app_test import EN, PT, configure, metrics, page_text, reset, tables, visit
from tests.dashboard.dashboard_process import CANDIDATE, OTHER, Service
from tests.dashboard.fake_servers import answering, silent
from tests.programs import require_program


@pytest.fixture(autouse=True)
def configured(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    configure(monkeypatch, url=service.url)
    yield
    reset()


def test_symbol_of_the_url_is_forecast(service: Service, stepped: PipelineRun) -> None:
    test = visit({"symbol": OTHER})
    last = float(stepped.place.series.adjusted[-1])
    assert metrics(test)[EN("forecast.last")] == EN.price(2 * last)
    test.selectbox(key="symbol_box").select(stepped.place.symbol).run()
    assert metrics(test)[EN("forecast.last")] == EN.price(last)
    assert test.query_params["symbol"] in (stepped.place.symbol, [stepped.place.symbol])
    assert EN("forecast.stale", count="1", date="", target="")[:15] in page_text(test)


def test_language_selector_translates_the_page() -> None:
    test = visit({"symbol": OTHER})
    test.selectbox(key="language").select("pt-BR").run()
    assert PT("forecast.median") in metrics(test)
    assert test.title[0].value == PT("page.forecast")
    assert test.query_params["lang"] in ("pt-BR", ["pt-BR"])


def test_what_if_changes_naive_forecast_and_request(stepped: PipelineRun) -> None:
    test = visit({"symbol": OTHER})
    assert '"BYTES"' in test.code[0].value
    before = metrics(test)
    slider = test.select_slider[-1]
    slider.set_value(-2).run()
    last = 2 * float(stepped.place.series.adjusted[-1])
    assert metrics(test)[EN("forecast.last")] == EN.price(last * 0.99)
    assert EN("whatif.active", forecast=before[EN("forecast.median")]) in page_text(test)
    assert '"FP64"' in test.code[0].value
    reset = next(button for button in test.button if button.label == EN("whatif.reset"))
    reset.click().run()
    assert metrics(test) == before


@pytest.mark.parametrize("form", ["curl", "Python", "JSON"])
def test_copied_request_returns_the_forecast_on_the_page(form: str, service: Service) -> None:
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


def test_pasted_closes_are_forecast_or_refused() -> None:
    test = visit()
    test.radio(key="source").set_value("paste").run()
    assert EN("forecast.wait_text") in page_text(test)
    closes = [f"{30 + 0.1 * day:.2f}" for day in range(60)]
    test.text_area(key="text").set_value(" ".join(closes)).run()
    assert metrics(test)[EN("forecast.last")] == "35.90"
    assert metrics(test)[EN("forecast.target")] == EN("forecast.next")
    test.text_area(key="text").set_value(" ".join(["29.90", *closes])).run()
    assert EN("forecast.left_out", count=60, ignored_rows=1) in page_text(test)
    jump = " ".join([*closes[:-1], "359"])
    test.text_area(key="text").set_value(jump).run()
    assert "Value 60: expected a move of at most 3x" in page_text(test)
    assert not test.metric
    test.checkbox(key="allow_jumps").check().run()
    assert metrics(test)[EN("forecast.last")] == "359.00"
    assert '"allow_jumps": true' in test.code[0].value


def test_track_record_shows_the_verdict_in_both_languages(service: Service) -> None:
    verdict = httpx.get(f"{service.url}/report", trust_env=False).json()["verdict"]
    for texts in (EN, PT):
        text = page_text(visit({"page": "track-record", "lang": texts.language}))
        assert texts(f"verdict.point.{verdict['point']}") in text
        assert texts(f"verdict.distribution.{verdict['distribution']}") in text


def test_operations_show_the_state_of_jobs(stepped: PipelineRun) -> None:
    test = visit({"page": "operations"})
    text = page_text(test)
    assert CANDIDATE in text
    assert "Refused by the gate" in text
    assert "1 minute" in text or "75 seconds" in text
    assert metrics(test)[EN("ops.rate")]
    assert EN("ops.no_requests") not in metrics(test)[EN("ops.p50")]
    assert "since it started" in text
    assert "over the last" in page_text(test.run())


def test_unreachable_prometheus_is_reported_and_metrics_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, prometheus="http://127.0.0.1:9")
    test = visit({"page": "operations"})
    assert EN("ops.prometheus_failed", reason="http")[:60] in page_text(test)
    assert EN("unreachable") not in page_text(test)
    assert metrics(test)[EN("ops.rate")]


def test_unresponsive_prometheus_is_reported_and_metrics_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent() as address:
        configure(monkeypatch, prometheus=address)
        test = visit({"page": "operations"})
    text = page_text(test)
    assert EN("ops.prometheus_failed", reason="http")[:60] in text
    assert "no answer within 3 s" in text  # the timeout of the service is 10 s
    assert CANDIDATE in text
    assert metrics(test)[EN("ops.rate")]


def test_prometheus_without_the_service_is_reported_with_its_selector(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = {"status": "success", "data": {"resultType": "vector", "result": []}}
    with answering({"/api/v1/query": nothing}) as address:
        configure(monkeypatch, prometheus=address, prometheus_selector='namespace="wrong"')
        test = visit({"page": "operations"})
    text = page_text(test)
    assert "has no requests of this service" in text
    assert '(namespace="wrong")' in text
    assert EN("ops.from_prometheus") not in text
    assert "From the service's own metrics" in text
    assert metrics(test)[EN("ops.rate")]


def test_steps_results_and_promotions_are_translated() -> None:
    test = visit({"page": "operations", "lang": "pt-BR"})
    steps = next(table for table in tables(test) if PT("ops.step") in table)
    assert list(steps[PT("ops.step")]) == ["coletar", "validação"]
    assert list(steps[PT("ops.result")]) == ["feito", "recusado"]
    assert list(steps[PT("ops.detail")]) == [
        "2 new sessions",
        "the coverage of the 50 % interval is too high",
    ]
    promotions = next(table for table in tables(test) if PT("ops.action") in table)
    assert list(promotions[PT("ops.outcome")]) == ["concluída", "iniciada"]


def test_every_page_reports_an_unreachable_service(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in ("forecast", "track-record", "operations"):
        configure(monkeypatch, url="http://127.0.0.1:9")
        test = visit({"page": page})
        assert EN("unreachable") in page_text(test)
        assert [button.label for button in test.button] == [EN("retry")]
