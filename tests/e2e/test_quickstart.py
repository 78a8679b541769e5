"""The blocks of README and quick start that are marked as a cluster's, run as they stand but for the namespace's name.

Images are those that the cluster has, so `helm install` is given their values; the ports of this machine may be taken,
so the forwarded one is another.
"""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks_of
from tests.e2e.kube import Namespace
from tests.e2e.release import image_values, namespace
from tests.serving.processes import free_ports

SECONDS = 1000  # of one block
PAGES = (ROOT / "README.md", ROOT / "docs" / "quick-start.md")


@pytest.fixture
def place() -> Iterator[Namespace]:
    with namespace() as made:
        yield made


def _run(block: Block, place: Namespace, port: int) -> str:
    commands = re.sub(r"(-n|--namespace) forecasts\b", rf"\1 {place.name}", block.text)
    commands = commands.replace("8080", str(port))
    commands = commands.replace("charts/nextclose", shlex.join(["charts/nextclose", *image_values()]))
    process = subprocess.Popen(
        ["bash", "-e", "-o", "pipefail", "-c", commands],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        status = process.wait(SECONDS)
    finally:
        # What it left in the background would hold its output open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    said = process.communicate(timeout=60)[0]
    assert status == 0, f"{block.place}\n{commands}\n{said}"
    return said


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_reader_gets_to_an_answer(path: Path, place: Namespace) -> None:
    (port,) = free_ports(1)
    said = "".join(_run(block, place, port) for block in blocks_of(path) if block.on_a_cluster)
    assert "Succeeded" in said, "helm test"
    if path.stem == "quick-start":
        assert '"symbols"' in said
        assert '"versions"' in said
        assert not place.items("pvc"), "everything away again"
