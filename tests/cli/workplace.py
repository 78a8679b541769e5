"""Session fixtures: versions made with the command line, and a running pair that serves one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model.artefact.local_registry import LocalRegistry
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from tests.build_once import build_once
from tests.cli.nextclose import BackgroundCommand, CommandResult, Ports, run, run_several

if TYPE_CHECKING:
    from tests.conftest import PricesFile  # imported for types only: it imports the fixtures from here


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A working folder of `nextclose`.

    Attributes:
        folder: The folder.
        symbol: Symbol of its prices.
    """

    folder: Path
    symbol: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def candidate(self) -> Path:
        return self.data / "work" / "nextclose"

    @property
    def registry(self) -> LocalRegistry:
        return LocalRegistry(self.data / "models", "nextclose")

    @property
    def series(self) -> PriceSeries:
        return PriceStore(str(self.data)).read(self.symbol)


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """A workplace in which each step was run once, with the results of the commands."""

    place: WorkFolder
    collect: CommandResult
    train: CommandResult
    evaluate: CommandResult
    export: CommandResult


@pytest.fixture(scope="session")
def stepped(prices_file: "PricesFile", tmp_path_factory: pytest.TempPathFactory) -> PipelineRun:
    """Run the four steps in sequence. Tests that change the folder copy it first: all workers share it.

    In one process, which imports TensorFlow once; the quick start is tested with a process for each step.
    """

    def steps(folder: Path) -> PipelineRun:
        symbol = ("--symbol", prices_file.symbol)
        collect = ("collect", "--csv", prices_file.path, *symbol)
        finished = run_several(folder, collect, ("train", *symbol), ("evaluate",), ("export",))
        return PipelineRun(WorkFolder(folder, prices_file.symbol), *(done.check_success() for done in finished))

    return build_once(tmp_path_factory, "stepped", steps)


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """A workplace with two versions from the same prices, and their comparison."""

    place: WorkFolder
    older: str
    newer: str
    page: Path
    compare: CommandResult


@pytest.fixture(scope="session")
def two_versions(stepped: PipelineRun, tmp_path_factory: pytest.TempPathFactory) -> TwoVersions:
    """Add a version with another seed to that of `stepped`, and compare the two. All workers share it."""

    def versions(folder: Path) -> TwoVersions:
        place = WorkFolder(folder, stepped.place.symbol)
        shutil.copytree(stepped.place.data, place.data)
        (older,) = place.registry.versions()
        steps = (
            ("train", "--symbol", place.symbol),
            ("evaluate", "--champion", "none"),
            ("export", "--no-current"),
        )
        for done in run_several(folder, *steps, variables=({"NEXTCLOSE_SEED": "8"}, {}, {})):
            done.check_success()
        (newer,) = set(place.registry.versions()) - {older}
        compare = run(folder, "report", newer, "--against", older).check_success()
        return TwoVersions(place, older, newer, Path(compare.out.splitlines()[-1]), compare)

    return build_once(tmp_path_factory, "two_versions", versions)


@dataclass(frozen=True, slots=True)
class Served:
    """A workplace with a running `nextclose serve`."""

    place: WorkFolder
    ports: Ports
    command: BackgroundCommand


@pytest.fixture(scope="session")
def served(stepped: PipelineRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start the pair with the command, in a copy. Tests that switch the version must restore it.

    With ONNX Runtime, which starts much faster; `nextclose serve` is tested with TensorFlow by `test_json.py`.
    """
    place = WorkFolder(tmp_path_factory.mktemp("served"), stepped.place.symbol)
    shutil.copytree(stepped.place.data, place.data)
    ports = Ports.free()
    variables = {"NEXTCLOSE_FOLLOW_SECONDS": 0.2, "NEXTCLOSE_PREDICTOR_RUNTIME": "onnx"}
    command = BackgroundCommand(place.folder, "serve", *ports.options, variables=variables)
    try:
        command.await_text("curl -s")
        yield Served(place, ports, command)
    finally:
        command.stop()
