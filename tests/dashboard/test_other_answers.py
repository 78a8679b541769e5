"""Documents of another release of the service: what is new in them is shown as it came, what is missing is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboard.others import answering
from tests.dashboard.visits import EN, PT, forget, said, settle, tables, visit
from tests.unit.dashboard.documents import REPORT, STATUS, VERSIONS, changed

DOCUMENTS = {"/report": REPORT, "/status": STATUS, "/versions": VERSIONS}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    forget()


def test_names_that_are_not_known_are_shown_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"step": "dream_on", "result": "*dreamt*", "detail": "", "seconds": 1}
    status = changed(changed(STATUS, "refresh.last_run.result", "put_off"), "refresh.last_run.steps", [step])
    versions = changed(changed(VERSIONS, "promotions.0.action", "shadow"), "promotions.0.outcome", "half done")
    with answering({**DOCUMENTS, "/status": status, "/versions": versions}) as address:
        settle(monkeypatch, url=address)
        test = visit({"page": "operations", "lang": "pt-BR"})
    assert "put_off, há" in said(test)
    cells = [str(cell) for table in tables(test) for cell in table.to_numpy().flatten()]
    assert {"dream_on", "*dreamt*", "shadow", "half done"} <= set(cells)


def test_a_verdict_that_is_not_known_is_shown_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering({**DOCUMENTS, "/report": changed(REPORT, "verdict.point", "much better")}) as address:
        settle(monkeypatch, url=address)
        test = visit({"page": "track-record"})
    assert "much better" in said(test)
    assert EN("verdict.distribution.better") in said(test)
    assert "Mean absolute error 0.4000 against \N{EN DASH} of the last close" in said(test)


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
def test_what_is_missing_is_told_by_its_place(
    page: str, path: str, inner: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering({**DOCUMENTS, path: changed(DOCUMENTS[path], inner, value)}) as address:
        settle(monkeypatch, url=address)
        told = said(visit({"page": page, "lang": "pt-BR"}))
    assert PT("wrong_answer") in told
    assert "another release of this service answers here" in told
    assert f": {inner.partition('.')[0]}" in told


def test_an_evaluation_without_the_gate_s_words_leaves_the_page_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    status = changed(STATUS, "refresh.last_gate", None)
    with answering({"/status": status, "/versions": VERSIONS, "/report": {}}) as address:
        settle(monkeypatch, url=address)
        told = said(visit({"page": "operations"}))
    assert EN("ops.gate_unknown") in told
