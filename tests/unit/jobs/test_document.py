import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.document import Document, give, give_error
from model.contract.errors import NoVersionError
from model.state.hold import Hold


@dataclass(frozen=True, slots=True)
class _Told:
    secret: str

    def to_dict(self) -> dict[str, object]:
        return {"told": 1}


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Document, "wanted", True)
    monkeypatch.setattr(Document, "written", False)


def test_nothing_is_written_where_text_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    give({"a": 1})
    give_error(NoVersionError("none"), "none")
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("wanted")
def test_values_say_themselves_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    give({"path": Path("a/b"), "value": _Told("x"), "hold": Hold(pinned="v"), "none": float("nan")})
    assert json.loads(capsys.readouterr().out) == {
        "path": "a/b",
        "value": {"told": 1},
        "hold": {"paused_since": None, "pinned": "v"},
        "none": None,
    }


@pytest.mark.usefixtures("wanted")
def test_there_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    give({"symbols": []})
    give_error(NoVersionError("none"), "none")
    assert json.loads(capsys.readouterr().out) == {"symbols": []}


@pytest.mark.usefixtures("wanted")
@pytest.mark.parametrize(
    ("error", "reason", "status"), [(NoVersionError("none"), "no_version", 5), (ZeroDivisionError("x"), "internal", 1)]
)
def test_an_error_by_its_stable_name(
    error: Exception, reason: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    give_error(error, "what was wrong")
    found = json.loads(capsys.readouterr().out)
    assert found == {"error": {"reason": reason, "message": "what was wrong", "exit_code": status}}
