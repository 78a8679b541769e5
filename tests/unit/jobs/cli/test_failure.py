import errno

import pytest

from jobs.cli import failure
from jobs.cli.exit_codes import ExitCode
from jobs.cli.failure import report_error, run
from jobs.cli.interrupt import Interrupted
from jobs.cli.state import CommandState, command_state
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
        (OSError(errno.ENOSPC, "x", "data/work"), ExitCode.FAILED, "data/work: no space left on the disk"),
        (OSError(errno.EACCES, "x", "data"), ExitCode.FAILED, "data: permission denied"),
        (OSError(errno.EROFS, "x"), ExitCode.FAILED, "read-only file system"),
        (OSError("odd"), ExitCode.FAILED, "odd"),
        (
            ZeroDivisionError("division"),
            ExitCode.FAILED,
            "unexpected ZeroDivisionError: division (--verbose shows the traceback)",
        ),
    ],
)
def test_error_is_reported_in_one_line(
    error: Exception, status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_error(error) == status
    assert capsys.readouterr().err == f"error: {line}\n"


def test_verbose_prints_a_traceback_before_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotEnoughDataError) as caught:
        _Step.run()
    with command_state() as state:
        state.verbose = True
        report_error(caught.value)
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "test_failure.py" in shown
    assert shown.splitlines()[-1] == "error: too few"


def test_error_during_an_interruption_counts_as_the_interruption(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(_: CommandState) -> None:
        raise ImportError("To use it, install it")

    # Otherwise all later logs of this process would go to the standard error captured here.
    monkeypatch.setattr(failure, "configure_logging", lambda _: None)
    assert run(command) == ExitCode.FAILED
    assert "To use it, install it" in capsys.readouterr().err
    monkeypatch.setattr(Interrupted, "received", True)
    assert run(command) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
