"""The transformer in an environment without TensorFlow, as in its image."""

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import httpx

from tests.cli.nextclose import environment
from tests.packaging.conftest import ROOT
from tests.packaging.environments import printed_by
from tests.serving.processes import free_ports, wait_until


def test_transformer_imports_without_tensorflow(transformer_python: Path, tmp_path: Path) -> None:
    source = """
import importlib.util, sys
import transformer.serve
absent = ("tensorflow", "keras", "onnxruntime", "sklearn", "scipy", "yfinance", "exchange_calendars", "arch")
print(transformer.serve.__file__, [name for name in absent if importlib.util.find_spec(name)])
"""
    printed = printed_by(transformer_python, source, tmp_path)
    assert printed.endswith(" []"), printed
    assert str(ROOT) not in printed, "the wheel must be tested, not the checkout"


def test_transformer_starts_and_is_live_without_a_predictor(transformer_python: Path, tmp_path: Path) -> None:
    port, grpc_port = free_ports(2)
    variables = {"NEXTCLOSE_PORT": port, "NEXTCLOSE_GRPC_PORT": grpc_port}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(transformer_python), "-m", "transformer"], cwd=tmp_path, env=environment(variables), stderr=log
        )
    url = f"http://127.0.0.1:{port}"

    def live() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            return httpx.get(f"{url}/v2/health/live", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        wait_until(live, "the transformer is live", 60)
        ready = httpx.get(f"{url}/v2/health/ready", trust_env=False)
        assert ready.status_code == 503, ready.text
        assert httpx.get(f"{url}/docs", trust_env=False).status_code == 200
    finally:
        process.terminate()
        assert process.wait(30) == 0, (tmp_path / "log").read_text()


def test_image_has_bytecode_of_all_modules_loaded_at_start(transformer_python: Path, tmp_path: Path) -> None:
    found = re.search(r'-B -c "(import [^"]*?)import sys;', (ROOT / "Dockerfile").read_text(), re.DOTALL)
    assert found
    source = (
        found[1].replace("\\\n", "")
        + """
import sys
compiled = set(sys.modules)
import transformer.serve
ours = ("model", "transformer")
modules = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
theirs = {name for name, file in modules.items() if "site-packages" in file and name.split(".")[0] not in ours}
print(sorted(theirs - compiled))
"""
    )
    assert printed_by(transformer_python, source, tmp_path) == "[]"


def test_command_line_reports_missing_requirements(transformer_python: Path, tmp_path: Path) -> None:
    program = transformer_python.parent / "nextclose"
    done = subprocess.run(
        [program, "status"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "error: the command line is not installed: install nextclose[train], or use the jobs image\n"
    )


def _imported(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, including imports in functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _file_of(module: str) -> Path | None:
    stem = ROOT.joinpath(*module.split("."))
    candidates = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def test_transformer_never_imports_pandas_or_tensorflow() -> None:
    pending, ours, theirs = ["transformer.serve", "transformer.__main__"], set(), set()
    while pending:
        module = pending.pop()
        path = _file_of(module)
        if path is None:
            theirs.add(module.partition(".")[0])
        elif module not in ours:
            ours.add(module)
            pending += _imported(path)
    assert {"transformer.transformer", "model.prices.store", "model.contract.features"} <= ours
    assert {"numpy", "pyarrow", "httpx"} <= theirs | {"httpx"}
    assert not theirs & {"pandas", "tensorflow", "keras", "scipy", "matplotlib", "yfinance", "exchange_calendars"}


def test_environment_has_the_versions_of_the_development_environment(transformer_python: Path, tmp_path: Path) -> None:
    names = ("kserve", "numpy", "pyarrow", "aiohttp")
    source = f"from importlib import metadata; print([metadata.version(name) for name in {names}])"
    assert printed_by(transformer_python, source, tmp_path) == str([metadata.version(name) for name in names])
    version = "import sys; print(sys.version_info[:2])"
    assert printed_by(transformer_python, version, tmp_path) == str(tuple(sys.version_info[:2]))
