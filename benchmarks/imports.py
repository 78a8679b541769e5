"""`python -m benchmarks.imports`: memory of imports and of idle servers, relative to `import kserve`."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import typer

from benchmarks.contestants import Contestant, Running, own_pairs
from benchmarks.environments import ServerUnavailableError, install
from benchmarks.version import Progress, make_version, report_progress

MODULES: Final = (
    "numpy",
    "orjson",
    "pydantic_settings",
    "prometheus_client",
    "grpc",
    "fastapi",
    "pandas",
    "pyarrow.parquet",
    "s3fs",
    "kubernetes",
    "kserve",
    "onnxruntime",
    "tensorflow",
)
REFERENCE: Final = "kserve"
_IMPORT: Final = "import sys{module}; print(flush=True); sys.stdin.read()"


def memory_of_import(module: str | None, python: str = sys.executable) -> int:
    """Resident memory in bytes of a fresh interpreter that has imported a module.

    Args:
        module: Name of the module; None imports nothing.
        python: Path of the interpreter.

    Raises:
        ValueError: The module cannot be imported.
    """
    code = _IMPORT.format(module=f", {module}" if module else "")
    with subprocess.Popen(
        [python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as interpreter:
        if interpreter.stdin is None or interpreter.stdout is None or not interpreter.stdout.readline():
            raise ValueError(f"{module}: expected a module that can be imported")
        memory = int(psutil.Process(interpreter.pid).memory_info().rss)
        interpreter.stdin.close()
    return memory


def measure_imports(pairs: Sequence[Contestant], progress: Progress) -> list[tuple[str, float]]:
    """Resident memory in addition to a bare interpreter's, as multiples of that of `import kserve`.

    Args:
        pairs: Pairs of this project, whose idle servers are measured.
        progress: Called with a message before each measurement.

    Returns:
        Names of imports and servers with their ratios, the smallest first; empty if the KServe SDK is missing.
    """
    try:
        sdk = str(install("kserve", progress) / "bin" / "python")
    except ServerUnavailableError as error:
        progress(f"import kserve: {error}")
        return []
    bare = memory_of_import(None)
    found = {}
    for module in MODULES:
        progress(f"import {module}")
        # The SDK and its dependencies are installed in its own environment, the other modules in this project's.
        for python in (sdk, sys.executable):
            with suppress(ValueError):
                found[f"`import {module}`"] = memory_of_import(module, python) - memory_of_import(None, python)
                break
    for pair in pairs:
        progress(f"idle memory: {pair.name}")
        with Running(pair) as running:
            for server, memory in zip(("predictor", "transformer"), running.resident(), strict=True):
                found[f"idle {server}, {pair.name}"] = memory - bare
    reference = found[f"`import {REFERENCE}`"]
    return sorted(((name, memory / reference) for name, memory in found.items()), key=lambda one: one[1])


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="nextclose-") as name:
        folder = Path(name)
        data = make_version(folder)
        found = measure_imports(own_pairs(data, folder), report_progress)
    sys.stdout.write("\n".join(imports_table(found)) + "\n")


def imports_table(found: Sequence[tuple[str, float]]) -> list[str]:
    """The table in Markdown; empty without measurements."""
    if not found:
        return []
    lines = ["| resident memory in addition to a bare interpreter | relative to `import kserve` |", "| --- | ---: |"]
    return [*lines, *(f"| {name} | {value:.2f} |" for name, value in found)]


if __name__ == "__main__":
    typer.run(main)
