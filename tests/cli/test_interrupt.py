"""Progress on a terminal, and Ctrl-C in the middle of it: nothing half-written, and training works afterwards."""

import re
import shutil
import signal
from pathlib import Path

import pytest

from jobs.candidate import read_record
from tests.cli.nextclose import Running, run_several
from tests.cli.terminal import CTRL_C, Terminal
from tests.cli.workplace import Stepped, Workplace
from tests.conftest import PricesFile


@pytest.fixture
def place(stepped: Stepped, tmp_path: Path) -> Workplace:
    """Collected prices and a former candidate."""
    shutil.copytree(stepped.place.data, tmp_path / "data")
    return Workplace(tmp_path, stepped.place.symbol)


def _is_untouched(place: Workplace, version: str) -> bool:
    names = [path.name for path in place.candidate.parent.iterdir()]
    return names == ["nextclose"] and read_record(place.candidate).version == version


def test_ctrl_c_while_training_on_a_terminal(place: Workplace) -> None:
    version = read_record(place.candidate).version
    terminal = Terminal(place.folder, "train", "-s", place.symbol)
    terminal.await_one_of(["loss 0"])
    terminal.press(CTRL_C)
    assert terminal.wait() == 130
    assert "training" in terminal.shown
    assert "\x1b[" in terminal.shown, "a bar that is drawn again"
    assert "━" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert _is_untouched(place, version)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_while_training(place: Workplace, number: signal.Signals) -> None:
    version = read_record(place.candidate).version
    done = Running(place.folder, "train", "-s", place.symbol).await_text("training").end(number)
    assert done.status == 130
    assert done.err.splitlines() == ["training", "interrupted"]
    assert done.out == ""
    assert _is_untouched(place, version)
    if number is signal.SIGINT:
        train, evaluate = ("train", "-s", place.symbol), ("evaluate", "--markdown", "--champion", "none")
        again, table = run_several(place.folder, train, evaluate)
        assert re.match(r"candidate \S+: \d+ epochs", again.fine().out)
        assert not _is_untouched(place, version)
        header, rule, *rows = table.fine().out.splitlines()
        assert header.startswith("|")
        assert set(rule) <= set("|-: ")
        assert any(row.startswith("| model") for row in rows)


def test_a_bar_while_collecting_on_a_terminal(prices_file: PricesFile, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "collect", "-s", prices_file.symbol, "--csv", prices_file.path)
    assert terminal.wait() == 0
    assert "collecting prices" in terminal.shown
    assert "\x1b[" in terminal.shown
    assert "━" in terminal.shown
    assert f"symbol     {prices_file.symbol}, from csv" in terminal.shown
