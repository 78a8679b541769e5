"""One way from a CSV to a version by the command line, and one served pair: fixtures for all tests that need them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model.artefact.local_registry import LocalRegistry
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from tests.cli.nextclose import Finished, Ports, Running, run

if TYPE_CHECKING:
    from tests.conftest import PricesFile  # which imports the fixtures from here


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder in which `nextclose` was used."""

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
class Stepped:
    """A workplace where each step was run once, and what the steps wrote."""

    place: Workplace
    collect: Finished
    train: Finished
    evaluate: Finished
    export: Finished


@pytest.fixture(scope="session")
def stepped(prices_file: "PricesFile", tmp_path_factory: pytest.TempPathFactory) -> Stepped:
    """The four steps, one after the other; tests that change what is there copy it first."""
    place = Workplace(tmp_path_factory.mktemp("stepped"), prices_file.symbol)
    symbol = ("--symbol", prices_file.symbol)
    return Stepped(
        place,
        collect=run(place.folder, "collect", "--csv", prices_file.path, *symbol).fine(),
        train=run(place.folder, "train", *symbol).fine(),
        evaluate=run(place.folder, "evaluate").fine(),
        export=run(place.folder, "export").fine(),
    )


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """A workplace with two versions from the same prices, and what came of comparing them."""

    place: Workplace
    older: str
    newer: str
    page: Path
    compare: Finished


@pytest.fixture(scope="session")
def two_versions(stepped: Stepped, tmp_path_factory: pytest.TempPathFactory) -> TwoVersions:
    """The version of `stepped` and one from another seed; the newer one compared with it."""
    place = Workplace(tmp_path_factory.mktemp("two"), stepped.place.symbol)
    shutil.copytree(stepped.place.data, place.data)
    (older,) = place.registry.versions()
    seed = {"NEXTCLOSE_SEED": "8"}
    run(place.folder, "train", "--symbol", place.symbol, variables=seed).fine()
    run(place.folder, "evaluate", "--champion", "none").fine()
    run(place.folder, "export", "--no-current").fine()
    (newer,) = set(place.registry.versions()) - {older}
    compare = run(place.folder, "report", newer, "--against", older).fine()
    return TwoVersions(place, older, newer, Path(compare.out.splitlines()[-1]), compare)


@dataclass(frozen=True, slots=True)
class Served:
    """A workplace that `nextclose serve` serves."""

    place: Workplace
    ports: Ports
    command: Running


@pytest.fixture(scope="session")
def served(stepped: Stepped) -> Iterator[Served]:
    """The pair, started by the command; a test that makes it go over to a version goes back at its end."""
    ports = Ports.free()
    command = Running(stepped.place.folder, "serve", *ports.options, variables={"NEXTCLOSE_FOLLOW_SECONDS": 0.2})
    try:
        command.await_text("curl -s")
        yield Served(stepped.place, ports, command)
    finally:
        command.stop()
