"""What the pages do, by Streamlit's AppTest before the real pair."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.workplace import Stepped
from tests.dashboard.others import answering, silent
from tests.dashboard.shown import NAMED, OTHER, Service
from tests.dashboard.visits import EN, PT, forget, metrics, said, settle, tables, visit
from tests.programs import require_program


@pytest.fixture(autouse=True)
def asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settle(monkeypatch, url=service.url)
    yield
    forget()


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
    assert "Value 60: a change by at most a factor of 3" in said(test)
    assert not test.metric
    test.checkbox(key="allow_jumps").check().run()
    assert metrics(test)[EN("forecast.last")] == "359.00"
    assert '"allow_jumps": true' in test.code[0].value


def test_the_track_record_says_whether_it_beats_tomorrow_is_today(service: Service) -> None:
    verdict = httpx.get(f"{service.url}/report", trust_env=False).json()["verdict"]
    for texts in (EN, PT):
        told = said(visit({"page": "track-record", "lang": texts.language}))
        assert texts(f"verdict.point.{verdict['point']}") in told
        assert texts(f"verdict.distribution.{verdict['distribution']}") in told


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
    settle(monkeypatch, prometheus="http://127.0.0.1:9")
    test = visit({"page": "operations"})
    assert EN("ops.prometheus_away", reason="http")[:60] in said(test)
    assert EN("away") not in said(test)
    assert metrics(test)[EN("ops.rate")]


def test_a_prometheus_that_never_answers_is_told_and_metrics_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent() as address:
        settle(monkeypatch, prometheus=address)
        test = visit({"page": "operations"})
    told = said(test)
    assert EN("ops.prometheus_away", reason="http")[:60] in told
    assert "no answer within 3 s" in told  # not the 10 s that the service is given
    assert NAMED in told
    assert metrics(test)[EN("ops.rate")]


def test_a_prometheus_without_the_service_is_told_with_its_selector(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = {"status": "success", "data": {"resultType": "vector", "result": []}}
    with answering({"/api/v1/query": nothing}) as address:
        settle(monkeypatch, prometheus=address, prometheus_selector='namespace="wrong"')
        test = visit({"page": "operations"})
    told = said(test)
    assert "there are no requests of this service" in told
    assert '(namespace="wrong")' in told
    assert EN("ops.from_prometheus") not in told
    assert "From the service's own metrics" in told
    assert metrics(test)[EN("ops.rate")]


def test_steps_and_results_of_a_refresh_are_told_in_portuguese() -> None:
    test = visit({"page": "operations", "lang": "pt-BR"})
    steps = next(table for table in tables(test) if PT("ops.step") in table)
    assert list(steps[PT("ops.step")]) == ["coletar", "critério"]
    assert list(steps[PT("ops.result")]) == ["feito", "recusado"]
    assert list(steps[PT("ops.detail")]) == ["2 new sessions", "its 50 % interval held too much"]
    promotions = next(table for table in tables(test) if PT("ops.outcome") in table)
    assert list(promotions[PT("ops.outcome")]) == ["feita", "começada"]


def test_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for page in ("forecast", "track-record", "operations"):
        settle(monkeypatch, url="http://127.0.0.1:9")
        test = visit({"page": page})
        assert EN("away") in said(test)
        assert [button.label for button in test.button] == [EN("retry")]
