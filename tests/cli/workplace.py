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
from tests.cli.nextclose import BackgroundCommand, CommandResult, Ports, run

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
    """Run the four steps in sequence. Tests that change the folder copy it first."""
    place = WorkFolder(tmp_path_factory.mktemp("stepped"), prices_file.symbol)
    symbol = ("--symbol", prices_file.symbol)
    return PipelineRun(
        place,
        collect=run(place.folder, "collect", "--csv", prices_file.path, *symbol).check_success(),
        train=run(place.folder, "train", *symbol).check_success(),
        evaluate=run(place.folder, "evaluate").check_success(),
        export=run(place.folder, "export").check_success(),
    )


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
    """Add a version with another seed to that of `stepped`, and compare the two."""
    place = WorkFolder(tmp_path_factory.mktemp("two"), stepped.place.symbol)
    shutil.copytree(stepped.place.data, place.data)
    (older,) = place.registry.versions()
    seed = {"NEXTCLOSE_SEED": "8"}
    run(place.folder, "train", "--symbol", place.symbol, variables=seed).check_success()
    run(place.folder, "evaluate", "--champion", "none").check_success()
    run(place.folder, "export", "--no-current").check_success()
    (newer,) = set(place.registry.versions()) - {older}
    compare = run(place.folder, "report", newer, "--against", older).check_success()
    return TwoVersions(place, older, newer, Path(compare.out.splitlines()[-1]), compare)


@dataclass(frozen=True, slots=True)
class Served:
    """A workplace with a running `nextclose serve`."""

    place: WorkFolder
    ports: Ports
    command: BackgroundCommand


@pytest.fixture(scope="session")
def served(stepped: PipelineRun) -> Iterator[Served]:
    """Start the pair with the command. Tests that switch the version must restore it."""
    ports = Ports.free()
    command = BackgroundCommand(
        stepped.place.folder, "serve", *ports.options, variables={"NEXTCLOSE_FOLLOW_SECONDS": 0.2}
    )
    try:
        command.await_text("curl -s")
        yield Served(stepped.place, ports, command)
    finally:
        command.stop()
