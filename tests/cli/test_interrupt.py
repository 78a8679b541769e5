"""Progress on a terminal, and interruptions: no partial files are left, and training works afterwards."""

import re
import shutil
import signal
from pathlib import Path

import pytest

from jobs.pipeline.candidate import read_record
from tests.cli.nextclose import BackgroundCommand, run_several
from tests.cli.terminal import CTRL_C, Terminal
from tests.cli.workplace import PipelineRun, WorkFolder
from tests.conftest import PricesFile


@pytest.fixture
def place(stepped: PipelineRun, tmp_path: Path) -> WorkFolder:
    """A workplace with collected prices and a candidate."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return WorkFolder(tmp_path, stepped.place.symbol)


def _has_only_candidate(place: WorkFolder, version: str) -> bool:
    names = [path.name for path in place.candidate.parent.iterdir()]
    return names == ["nextclose"] and read_record(place.candidate).version == version


def test_ctrl_c_on_a_terminal_interrupts_training(place: WorkFolder) -> None:
    version = read_record(place.candidate).version
    terminal = Terminal(place.folder, "train", "-s", place.symbol)
    terminal.await_one_of(["loss 0"])
    terminal.press(CTRL_C)
    assert terminal.wait() == 130
    assert "training" in terminal.shown
    assert "\x1b[" in terminal.shown, "the bar is redrawn"
    assert "━" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert _has_only_candidate(place, version)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_interrupt_training(place: WorkFolder, number: signal.Signals) -> None:
    version = read_record(place.candidate).version
    done = BackgroundCommand(place.folder, "train", "-s", place.symbol).await_text("training").end(number)
    assert done.status == 130
    assert done.err.splitlines() == ["training", "interrupted"]
    assert done.out == ""
    assert _has_only_candidate(place, version)
    if number is signal.SIGINT:
        train, evaluate = ("train", "-s", place.symbol), ("evaluate", "--markdown", "--champion", "none")
        again, table = run_several(place.folder, train, evaluate)
        assert re.match(r"candidate \S+: best epoch \d+", again.check_success().out)
        assert not _has_only_candidate(place, version)
        header, rule, *rows = table.check_success().out.splitlines()
        assert header.startswith("|")
        assert set(rule) <= set("|-: ")
        assert any(row.startswith("| model") for row in rows)


def test_collecting_on_a_terminal_shows_a_bar(prices_file: PricesFile, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "collect", "-s", prices_file.symbol, "--csv", prices_file.path)
    assert terminal.wait() == 0
    assert "collecting prices" in terminal.shown
    assert "\x1b[" in terminal.shown
    assert "━" in terminal.shown
    assert f"symbol     {prices_file.symbol}, from csv" in terminal.shown
