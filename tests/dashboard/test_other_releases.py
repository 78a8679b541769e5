"""Documents of another release of the service: new names are shown as received, missing fields are reported."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboard.app_test import EN, PT, configure, page_text, reset, tables, visit
from tests.dashboard.fake_servers import answering
from tests.unit.dashboard.documents import REPORT, STATUS, VERSIONS, changed

DOCUMENTS = {"/report": REPORT, "/status": STATUS, "/versions": VERSIONS}


@pytest.fixture(autouse=True)
def reset_after_test() -> Iterator[None]:
    yield
    reset()


def test_unknown_names_are_shown_as_received(monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"step": "dream_on", "result": "*dreamt*", "detail": "", "seconds": 1}
    status = changed(changed(STATUS, "refresh.last_run.result", "put_off"), "refresh.last_run.steps", [step])
    versions = changed(changed(VERSIONS, "promotions.0.action", "shadow"), "promotions.0.outcome", "half done")
    with answering({**DOCUMENTS, "/status": status, "/versions": versions}) as address:
        configure(monkeypatch, url=address)
        test = visit({"page": "operations", "lang": "pt-BR"})
    assert "put_off, há" in page_text(test)
    cells = [str(cell) for table in tables(test) for cell in table.to_numpy().flatten()]
    assert {"dream_on", "*dreamt*", "shadow", "half done"} <= set(cells)


def test_unknown_verdict_is_shown_as_received(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering({**DOCUMENTS, "/report": changed(REPORT, "verdict.point", "much better")}) as address:
        configure(monkeypatch, url=address)
        test = visit({"page": "track-record"})
    assert "much better" in page_text(test)
    assert EN("verdict.distribution.better") in page_text(test)
    assert "Mean absolute error 0.4000, against \N{EN DASH} for the last close" in page_text(test)


@pytest.mark.parametrize(
    ("page", "path", "inner", "value"),
    [
        ("track-record", "/report", "range.last", ...),
        ("track-record", "/report", "verdict.point", ...),
        ("track-record", "/report", "measures.model.crps", "low"),
        ("track-record", "/report", "over_time.coverage.90", []),
        ("operations", "/status", "roles.predictor", ...),
        ("operations", "/status", "refresh.last_run.steps", None),
        ("operations", "/status", "refresh.last_gate.sentence", ...),
        ("operations", "/versions", "served.data_until", ...),
        ("operations", "/versions", "promotions.0.at", "soon"),
    ],
)
def test_missing_or_invalid_field_is_reported_by_its_path(
    page: str, path: str, inner: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering({**DOCUMENTS, path: changed(DOCUMENTS[path], inner, value)}) as address:
        configure(monkeypatch, url=address)
        text = page_text(visit({"page": page, "lang": "pt-BR"}))
    assert PT("unexpected_response") in text
    assert "the answer is from another release of this service" in text
    assert f": {inner.partition('.')[0]}" in text


def test_report_without_gate_decision_leaves_the_page_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    status = changed(STATUS, "refresh.last_gate", None)
    with answering({"/status": status, "/versions": VERSIONS, "/report": {}}) as address:
        configure(monkeypatch, url=address)
        text = page_text(visit({"page": "operations"}))
    assert EN("ops.gate_unknown") in text
