"""Runs the code blocks of README and quick start that are marked for a cluster.

Before a block runs, the test replaces its namespace and its forwarded port, which may be in use, and adds values for
the images of the cluster to `helm install`.
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
from tests.e2e.release import image_values, new_namespace
from tests.serving.processes import free_ports

SECONDS = 1000  # timeout of one block
PAGES = (ROOT / "README.md", ROOT / "docs" / "quick-start.md")


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    with new_namespace() as created:
        yield created


def _run(block: Block, namespace: Namespace, port: int) -> str:
    commands = re.sub(r"(-n|--namespace) forecasts\b", rf"\1 {namespace.name}", block.text)
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
        # Background processes of the block would keep its output open.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    output = process.communicate(timeout=60)[0]
    assert status == 0, f"{block.place}\n{commands}\n{output}"
    return output


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_documented_commands_lead_to_a_forecast(path: Path, namespace: Namespace) -> None:
    (port,) = free_ports(1)
    output = "".join(_run(block, namespace, port) for block in blocks_of(path) if block.on_a_cluster)
    assert "Succeeded" in output, "helm test"
    if path.stem == "quick-start":
        assert '"symbols"' in output
        assert '"versions"' in output
        assert not namespace.items("pvc"), "everything is removed again"
