"""The transformer in an environment without TensorFlow, as its image has it."""

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
from tests.serving.processes import free_ports, until


def test_no_tensorflow_is_there_and_none_is_needed(transformer_python: Path, tmp_path: Path) -> None:
    source = """
import importlib.util, sys
import transformer.serve
absent = ("tensorflow", "keras", "onnxruntime", "sklearn", "scipy", "yfinance", "exchange_calendars", "arch")
print(transformer.serve.__file__, [name for name in absent if importlib.util.find_spec(name)])
"""
    printed = printed_by(transformer_python, source, tmp_path)
    assert printed.endswith(" []"), printed
    assert str(ROOT) not in printed, "the wheel is what is tested here"


def test_it_starts_and_is_live_without_a_predictor(transformer_python: Path, tmp_path: Path) -> None:
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
        until(live, "the transformer is live", 60)
        ready = httpx.get(f"{url}/v2/health/ready", trust_env=False)
        assert ready.status_code == 503, ready.text
        assert httpx.get(f"{url}/docs", trust_env=False).status_code == 200
    finally:
        process.terminate()
        assert process.wait(30) == 0, (tmp_path / "log").read_text()


def test_the_image_has_bytecode_of_what_a_start_loads(transformer_python: Path, tmp_path: Path) -> None:
    found = re.search(r'-B -c "(import .*?)import sys;', (ROOT / "transformer/Dockerfile").read_text(), re.DOTALL)
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


def test_the_command_line_says_that_it_is_not_there(transformer_python: Path, tmp_path: Path) -> None:
    program = transformer_python.parent / "nextclose"
    done = subprocess.run(
        [program, "status"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "error: the command line is not installed: install nextclose[train], or use the jobs image\n"
    )


def _imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _file_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def test_our_code_in_the_request_path_never_imports_pandas_or_tensorflow() -> None:
    waiting, ours, theirs = ["transformer.serve", "transformer.__main__"], set(), set()
    while waiting:
        module = waiting.pop()
        path = _file_of(module)
        if path is None:
            theirs.add(module.partition(".")[0])
        elif module not in ours:
            ours.add(module)
            waiting += _imported(path)
    assert {"transformer.transformer", "model.prices.store", "model.contract.features"} <= ours
    assert {"numpy", "pyarrow", "httpx"} <= theirs | {"httpx"}
    assert not theirs & {"pandas", "tensorflow", "keras", "scipy", "matplotlib", "yfinance", "exchange_calendars"}


def test_the_environment_has_the_versions_of_this_one(transformer_python: Path, tmp_path: Path) -> None:
    names = ("kserve", "numpy", "pyarrow", "aiohttp")
    source = f"from importlib import metadata; print([metadata.version(name) for name in {names}])"
    assert printed_by(transformer_python, source, tmp_path) == str([metadata.version(name) for name in names])
    version = "import sys; print(sys.version_info[:2])"
    assert printed_by(transformer_python, version, tmp_path) == str(tuple(sys.version_info[:2]))
