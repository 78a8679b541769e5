import errno

import pytest

from jobs import failure
from jobs.exit_codes import ExitCode
from jobs.failure import Traceback, failed, run
from jobs.start import Interrupted
from model.contract.errors import NotEnoughDataError, SettingsError


class _Step:
    @staticmethod
    def run() -> None:
        raise NotEnoughDataError("too few")


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (NotEnoughDataError("A: needs 874\n sessions"), ExitCode.TRAINING, "A: needs 874 sessions"),
        (SettingsError("--split: expected DATE:RATIO"), ExitCode.USAGE, "--split: expected DATE:RATIO"),
        (OSError(errno.ENOSPC, "x", "data/work"), ExitCode.FAILED, "data/work: no space is left on the disk"),
        (OSError(errno.EACCES, "x", "data"), ExitCode.FAILED, "data: permission denied"),
        (OSError(errno.EROFS, "x"), ExitCode.FAILED, "the file system is read-only"),
        (OSError("odd"), ExitCode.FAILED, "odd"),
        (
            ZeroDivisionError("division"),
            ExitCode.FAILED,
            "unexpected ZeroDivisionError: division (--verbose shows where)",
        ),
    ],
)
def test_an_error_is_one_line(error: Exception, status: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert failed(error) == status
    assert capsys.readouterr().err == f"error: {line}\n"


def test_a_traceback_comes_before_the_line_when_it_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Traceback, "wanted", True)
    with pytest.raises(NotEnoughDataError) as caught:
        _Step.run()
    failed(caught.value)
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "test_failure.py" in shown
    assert shown.splitlines()[-1] == "error: too few"


def test_what_a_library_makes_of_an_interruption_is_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def command() -> None:
        raise ImportError("To use it, install it")

    # Logs would go to this test's standard error for as long as the process lives.
    monkeypatch.setattr(failure, "configure_logging", lambda _: None)
    assert run(command) == ExitCode.FAILED
    assert "To use it, install it" in capsys.readouterr().err
    monkeypatch.setattr(Interrupted, "came", True)
    assert run(command) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
