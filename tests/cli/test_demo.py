"""The demo without a network, killed and restarted, then with the user's own prices in the same folder."""

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psutil
import pytest

from model.prices.sources.packaged import SYMBOL as PACKAGED
from tests.cli.nextclose import BackgroundCommand, CommandResult, Ports, environment, run
from tests.cli.workplace import WorkFolder
from tests.conftest import PricesFile
from tests.programs import require_program
from tests.serving.processes import wait_until

NOTE = (
    "note: prices of PETR4.SA could not be downloaded; using ^GSPC instead, the S&P 500 index until 2018 from the "
    "package arch"
)
pytestmark = pytest.mark.timeout(600)  # each test runs several commands
SESSIONS = 1000  # of the user's own prices: enough to train on


@dataclass(frozen=True, slots=True)
class Demo:
    """A folder in which the demo was killed twice and then ran to its answer.

    Attributes:
        place: The folder.
        ports: Ports of the pair.
        killed_in_training: Names of the records left after the first kill.
        killed_in_evaluation: Names of the records left after the second kill.
        once: Result of the complete run.
    """

    place: WorkFolder
    ports: Ports
    killed_in_training: list[str]
    killed_in_evaluation: list[str]
    once: CommandResult


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = WorkFolder(tmp_path_factory.mktemp("demo"), PACKAGED)
    ports = Ports.free()

    def killed_at(text: str) -> list[str]:
        """Kill the demo when it writes a text. Returns the names of the records left."""
        running = BackgroundCommand(place.folder, "demo", "--once", *ports.options).await_text(text)
        assert running.end(signal.SIGKILL).status == -signal.SIGKILL
        return [path.name for path in place.data.rglob("*.json") if path.name in {"training.json", "outcome.json"}]

    left = killed_at(f"training on {PACKAGED}"), killed_at("evaluating\n")
    return Demo(place, ports, *left, run(place.folder, "demo", "--once", *ports.options).check_success())


@pytest.fixture
def started(demo: Demo) -> Iterator[list[BackgroundCommand]]:
    """List of commands to stop at the end of the test."""
    running: list[BackgroundCommand] = []
    yield running
    for one in running:
        one.stop()


def _serve(demo: Demo, started: list[BackgroundCommand], *options: object) -> BackgroundCommand:
    # ONNX Runtime starts much faster than TensorFlow, with which the demo of the fixture ran.
    variables = {"NEXTCLOSE_FOLLOW_SECONDS": 0.2, "NEXTCLOSE_PREDICTOR_RUNTIME": "onnx"}
    running = BackgroundCommand(demo.place.folder, "demo", *options, *demo.ports.options, variables=variables)
    started.append(running)
    return running.await_text("serving until Ctrl-C")


def _curl(output: str) -> httpx.Response:
    """Run the printed curl command in a shell."""
    require_program("curl")
    (line,) = [line for line in output.splitlines() if line.startswith("curl ")]
    shell = ["sh", "-c", f"{line} -w '\\n%{{http_code}}'"]
    done = subprocess.run(shell, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    body, code = done.stdout.rsplit("\n", 1)
    return httpx.Response(int(code), text=body)


def _version_served(demo: Demo) -> str:
    answer = httpx.get(f"{demo.ports.url}/v2/models/nextclose", trust_env=False).json()
    (version,) = answer["versions"]
    return str(version)


def _have_exited(children: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(children, timeout=0.05)[1]


def test_demo_without_network_uses_the_index_and_resumes_after_kills(demo: Demo) -> None:
    assert demo.killed_in_training == [], "no candidate"
    assert demo.killed_in_evaluation == ["training.json"], "a candidate without an outcome"
    assert "trained already: candidate " in demo.once.err, "it resumed after the kill"
    assert "evaluating" in demo.once.err
    assert demo.once.err.splitlines().count(NOTE) == 1
    assert demo.once.errors == []
    out = demo.once.out
    assert re.search(r"^\^GSPC, close of 2018-12-31: \d+\.\d\d, STALE$", out, re.MULTILINE)
    for words in ("forecast ", "naive ", "50 % interval", "80 % interval", "90 % interval", "tomorrow = today"):
        assert words in out, words
    for path in ("/docs", "/metrics", "/symbols"):
        assert f"{demo.ports.url}{path}\n" in out
    assert f"gRPC      127.0.0.1:{demo.ports.grpc}\n" in out
    assert "trained on prices from arch" in out
    assert "gate: " in out
    demo.ports.check_free()
    (part,) = demo.place.registry.open(demo.place.registry.versions()[0]).manifest.data
    assert (part.symbol, part.source) == (PACKAGED, "arch")


def test_second_run_skips_training_and_its_servers_end_with_it(demo: Demo, started: list[BackgroundCommand]) -> None:
    versions = demo.place.registry.versions()
    running = _serve(demo, started)
    assert f"trained already: candidate {versions[-1]}" in running.err
    assert "evaluating" not in running.err
    assert demo.place.registry.versions() == versions
    assert running.err.splitlines().count(NOTE) == 1
    answer = _curl(running.out)
    assert answer.status_code == 200
    assert answer.json()["model_version"] == versions[-1]
    metrics = httpx.get(f"{demo.ports.url}/metrics", trust_env=False).text
    (info,) = [line for line in metrics.splitlines() if line.startswith("nextclose_model_info{")]
    for label in (f'symbols="{PACKAGED}"', 'source="arch"', f'version="{versions[-1]}"'):
        assert label in info
    children = running.children()
    assert len(children) == 2
    running.end(signal.SIGKILL)
    wait_until(lambda: _have_exited(children), "predictor and transformer exit after their parent was killed", 20)
    demo.ports.check_free()


def test_own_prices_replace_the_index_in_the_same_folder(
    demo: Demo, started: list[BackgroundCommand], prices_file: PricesFile
) -> None:
    (index_version,) = demo.place.registry.versions()
    # The prices of the tests may be the index itself, which needs another name here.
    symbol = prices_file.symbol if prices_file.symbol != PACKAGED else "MINE"
    header, *rows = prices_file.path.read_text().splitlines()
    (demo.place.folder / "own.csv").write_text("\n".join([header, *rows[-SESSIONS:]]))

    running = _serve(demo, started, "--csv", "own.csv", "--symbol", symbol)
    assert NOTE not in running.err
    assert f"symbol     {symbol}, from csv" in running.out
    assert f"training on {symbol}" in running.err
    assert "trained already" not in running.err
    assert re.search(rf"^{re.escape(symbol)}, close of {rows[-1][:10]}: ", running.out, re.MULTILINE)
    assert "trained on prices from csv" in running.out
    _, own_version = demo.place.registry.versions()
    assert demo.place.registry.open(own_version).manifest.symbols == (symbol,)
    answer = _curl(running.out)
    assert answer.status_code == 200
    assert answer.json()["model_version"] == own_version

    for version in (index_version, own_version):
        run(demo.place.folder, "versions", "use", version).check_success()
        wait_until(lambda expected=version: _version_served(demo) == expected, f"version {version} is served", 30)  # type: ignore[misc]
        assert _curl(running.out).json()["model_version"] == version
    assert running.process.poll() is None

    children = running.children()
    done = running.end(signal.SIGINT)
    assert done.status == 0
    assert done.check_success().err.splitlines()[-1] == "stopped"
    assert _have_exited(children)
    demo.ports.check_free()
