"""The clients in `examples/`, run against a real pair with known and unknown symbols."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.cli.nextclose import environment
from tests.cli.workplace import Served
from tests.docs.blocks import ROOT
from tests.programs import require_program
from tests.serving.v2_requests import ask_symbols

EXAMPLES: Final = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix in {".py", ".sh"})


def _run(path: Path, served: Served, symbol: str) -> subprocess.CompletedProcess[str]:
    program = str(require_program("curl") and "sh") if path.suffix == ".sh" else sys.executable
    variables = {"NEXTCLOSE_URL": served.ports.url, "NEXTCLOSE_GRPC": f"127.0.0.1:{served.ports.grpc}"}
    return subprocess.run(
        [program, str(path), symbol],
        cwd=served.place.folder,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_documentation_includes_every_example() -> None:
    assert {path.name for path in EXAMPLES} == {
        "curl.sh", "kserve_client.py", "requests_client.py", "triton_grpc_client.py", "triton_http_client.py",
    }  # fmt: skip
    page = (ROOT / "docs" / "clients.md").read_text()
    for path in EXAMPLES:
        assert f'--8<-- "examples/{path.name}"' in page


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_prints_the_forecast_of_the_service(path: Path, served: Served) -> None:
    symbol = served.place.symbol
    done = _run(path, served, symbol)
    assert done.returncode == 0, done.stdout + done.stderr
    with httpx.Client(base_url=served.ports.url, trust_env=False) as client:
        expected = ask_symbols(client, [symbol])
    forecast, quantiles = expected["forecast"][0], expected["quantiles"][0]
    if path.suffix == ".sh":
        by_symbol, by_window = (httpx.Response(200, text=line).json() for line in done.stdout.splitlines())
        assert by_symbol["outputs"][0]["data"] == pytest.approx([forecast])
        assert by_window["outputs"][1]["shape"] == [1, 7]
        return
    (line, *_) = done.stdout.splitlines()
    assert line.startswith(symbol)
    numbers = [float(text) for text in re.findall(r"-?\d+\.\d\d", line)]
    assert numbers == pytest.approx([forecast, quantiles[0], quantiles[-1]], abs=0.006)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_unknown_symbol_fails_with_the_message_of_the_service(path: Path, served: Served) -> None:
    done = _run(path, served, "NOBODY.SA")
    assert done.returncode != 0
    assert "NOBODY.SA" in done.stdout + done.stderr
