import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.cli.json_output import write_document, write_error
from jobs.cli.state import command_state
from model.contract.errors import NoVersionError
from model.state.hold import RefreshHold


@dataclass(frozen=True, slots=True)
class _Value:
    secret: str

    def to_dict(self) -> dict[str, object]:
        return {"public": 1}


@pytest.fixture
def json_output() -> Iterator[None]:
    with command_state() as state:
        state.json = True
        yield


def test_text_mode_writes_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    write_document({"a": 1})
    write_error(NoVersionError("none"), "none")
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("json_output")
def test_values_are_converted_by_their_own_methods(capsys: pytest.CaptureFixture[str]) -> None:
    write_document({"path": Path("a/b"), "value": _Value("x"), "hold": RefreshHold(pinned="v"), "none": float("nan")})
    assert json.loads(capsys.readouterr().out) == {
        "path": "a/b",
        "value": {"public": 1},
        "hold": {"paused_since": None, "pinned": "v"},
        "none": None,
    }


@pytest.mark.usefixtures("json_output")
def test_only_the_first_document_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    write_document({"symbols": []})
    write_error(NoVersionError("none"), "none")
    assert json.loads(capsys.readouterr().out) == {"symbols": []}


@pytest.mark.usefixtures("json_output")
@pytest.mark.parametrize(
    ("error", "reason", "status"), [(NoVersionError("none"), "no_version", 5), (ZeroDivisionError("x"), "internal", 1)]
)
def test_error_is_written_with_its_stable_reason(
    error: Exception, reason: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write_error(error, "what was wrong")
    found = json.loads(capsys.readouterr().out)
    assert found == {"error": {"reason": reason, "message": "what was wrong", "exit_code": status}}
