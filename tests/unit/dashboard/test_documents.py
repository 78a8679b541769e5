import pytest
from pydantic import ValidationError

from dashboard.documents import Document, EvaluatedGate, Report, Status, Versions
from tests.unit.dashboard.documents import REPORT, STATUS, VERSIONS, changed


def test_documents_of_this_release_are_parsed() -> None:
    report = Report.model_validate(REPORT)
    assert (report.range.sessions, report.measures["naive"].mae) == (250, None)
    assert report.forecasts["PETR4.SA"].quantiles[0][3] == 36
    versions = Versions.model_validate(VERSIONS)
    assert versions.served is not None
    assert (versions.served.symbols, versions.promotions[0].reason) == ("PETR4.SA,VALE3.SA", "")
    status = Status.model_validate(STATUS)
    assert (status.roles.predictor.ready, status.roles.predictor.reason) == (False, "no answer")
    assert EvaluatedGate.model_validate(REPORT).gate.sentence == "Passed: all 4 checks passed."


def test_missing_information_is_none() -> None:
    assert Versions.model_validate({"served": {"version": None}, "versions": [], "promotions": []}).served is None
    nothing = Status.model_validate({**STATUS, "refresh": {"last_run": None, "last_gate": None}})
    assert (nothing.refresh.last_run, nothing.refresh.last_gate) == (None, None)
    assert Report.model_validate(changed(REPORT, "forecasts", ...)).forecasts == {}


def test_unknown_names_and_fields_are_accepted() -> None:
    status = Status.model_validate(changed(STATUS, "refresh.last_run.result", "postponed") | {"new": 1})
    assert status.refresh.last_run is not None
    assert status.refresh.last_run.result == "postponed"


@pytest.mark.parametrize(
    ("kind", "document", "path", "value"),
    [
        (Report, REPORT, "range.last", ...), (Report, REPORT, "range", []), (Report, REPORT, "range.first", "soon"),
        (Report, REPORT, "measures.naive", ...), (Report, REPORT, "measures.model.crps", ...),
        (Report, REPORT, "measures.model.mae", "low"), (Report, REPORT, "verdict.point", ...),
        (Report, REPORT, "over_time.error", [0.1]), (Report, REPORT, "over_time.coverage.80", ...),
        (Report, REPORT, "calibration.points", 0), (Report, REPORT, "calibration.observed", [0.5]),
        (Report, REPORT, "forecasts.PETR4.SA", []), (Report, REPORT, "skill", None),
        (EvaluatedGate, REPORT, "gate.sentence", ...), (EvaluatedGate, REPORT, "gate", None),
        (Versions, VERSIONS, "served.created", ...), (Versions, VERSIONS, "served.created", "2026-11-24T01:45:00"),
        (Versions, VERSIONS, "served", ...), (Versions, VERSIONS, "versions", None),
        (Versions, VERSIONS, "promotions.0.by", ...), (Versions, VERSIONS, "promotions.0", "x"),
        (Status, STATUS, "roles.predictor", ...), (Status, STATUS, "roles.predictor.ready", "perhaps"),
        (Status, STATUS, "refresh.last_gate", ...), (Status, STATUS, "refresh.last_run.at", "yesterday"),
        (Status, STATUS, "refresh.last_run.steps.0.detail", ...), (Status, STATUS, "refresh.last_run.steps", {}),
    ],
)  # fmt: skip
def test_invalid_document_is_refused_with_the_path(
    kind: type[Document], document: dict[str, object], path: str, value: object
) -> None:
    # `changed` cannot address a symbol, because its name contains a point.
    wrong = (
        {**document, "forecasts": {"PETR4.SA": value}}
        if path == "forecasts.PETR4.SA"
        else changed(document, path, value)
    )
    with pytest.raises(ValidationError) as raised:
        kind.model_validate(wrong)
    location = ".".join(str(part) for part in raised.value.errors()[0]["loc"])
    assert path.startswith(location.removesuffix("."))
