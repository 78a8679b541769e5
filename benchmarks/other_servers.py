"""The servers that this project is compared with, each in its own environment."""

import json
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import joblib

from benchmarks.contestants import (
    INFER,
    Contestant,
    Process,
    closes_body,
    free_ports,
    read_forecast,
    read_v2,
)
from benchmarks.environments import PEERS, ROOT, install, locked_version, site_packages
from benchmarks.peers.forecast_task import TASK_VARIABLE
from benchmarks.version import Progress
from loadtest.payloads import by_window
from model.contract.features import Scaling

_PREDICT: Final = "/predict"
_READY: Final = "/v2/models/nextclose/ready"
PEER_NAMES: Final = {
    "triton": "Triton",
    "mlserver": "MLServer",
    "ray_serve": "Ray Serve",
    "bentoml": "BentoML",
    "litserve": "LitServe",
    "kserve": "stock KServe SDK pair",
    "textbook": "textbook server",
}


def write_task(version: Path, path: Path) -> None:
    """Write the task file for the other servers: ONNX file, scaler and lambda of a version."""
    scaling = Scaling.of(joblib.load(version / "scaler.joblib"))
    task = {
        "network": str(version / "model.onnx"),
        "mean": scaling.mean.tolist(),
        "scale": scaling.scale.tolist(),
        "shrink": json.loads((version / "manifest.json").read_text())["shrink"],
    }
    path.write_text(json.dumps(task))


def textbook(environment: Path, task: Path, folder: Path) -> Contestant:
    """The server as most tutorials show it."""
    (port,) = free_ports(1)
    script = "benchmarks.peers.textbook.textbook_server:app"
    command = [str(environment / "bin" / "uvicorn"), script, "--host", "127.0.0.1", "--port", str(port)]
    versions = [f"{package} {locked_version('textbook', package)}" for package in ("fastapi", "keras")]
    return Contestant(
        "textbook",
        PEER_NAMES["textbook"],
        [_peer_process(command, {}, task, folder)],
        port,
        _PREDICT,
        [f"http://127.0.0.1:{port}/health"],
        closes_body,
        read_forecast,
        software=", ".join(versions),
        settings="FastAPI, one uvicorn process, `keras.Model.predict` of a network with layers of 100 and 50 units",
        same_network=False,
    )


def kserve(environment: Path, task: Path, folder: Path) -> Contestant:
    """Transformer and predictor as the documentation of the KServe SDK shows them."""
    port, inner = free_ports(2)
    python, home = str(environment / "bin" / "python"), PEERS / "kserve"
    predictor = {"BENCHMARK_PORT": str(inner)}
    transformer = {"BENCHMARK_PORT": str(port), "BENCHMARK_PREDICTOR": f"127.0.0.1:{inner}"}
    return Contestant(
        "kserve",
        PEER_NAMES["kserve"],
        [
            _peer_process([python, str(home / "kserve_predictor.py")], predictor, task, folder),
            _peer_process([python, str(home / "kserve_transformer.py")], transformer, task, folder),
        ],
        port,
        INFER,
        [f"http://127.0.0.1:{one}{_READY}" for one in (inner, port)],
        by_window,
        read_v2,
        software=f"kserve {locked_version('kserve', 'kserve')}",
        settings="a custom transformer and a custom predictor with ONNX Runtime, REST between them, no tuning",
    )


def triton(environment: Path, task: Path, folder: Path) -> Contestant:
    """Triton as packaged by nvidia-pytriton, with a model of its Python backend."""
    (port,) = free_ports(1)
    home = site_packages(environment) / "pytriton" / "tritonserver"
    # PyTriton does the same before it starts the server.
    stub = f"python_backend_stubs/{sys.version_info.major}.{sys.version_info.minor}/triton_python_backend_stub"
    shutil.copy(home / stub, home / "backends" / "python")
    version = folder / "repository" / "nextclose" / "1"
    version.mkdir(parents=True, exist_ok=True)
    shutil.copy(PEERS / "triton" / "config.pbtxt", version.parent)
    shutil.copy(PEERS / "triton" / "triton_forecast.py", version)
    variables = {
        # The backend uses the environment of the first python3 on PATH, and finds libpython with the dynamic loader.
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "LD_LIBRARY_PATH": str(sysconfig.get_config_var("LIBDIR")),
    }
    command = [
        str(home / "bin" / "tritonserver"),
        *("--model-repository", str(folder / "repository"), "--backend-directory", str(home / "backends")),
        *("--http-address", "127.0.0.1", "--http-port", str(port), "--allow-grpc", "false", "--allow-metrics", "false"),
    ]
    return Contestant(
        "triton",
        PEER_NAMES["triton"],
        [_peer_process(command, variables, task, folder)],
        port,
        INFER,
        [f"http://127.0.0.1:{port}{_READY}"],
        by_window,
        read_v2,
        software=f"tritonserver of nvidia-pytriton {locked_version('triton', 'nvidia-pytriton')}",
        settings="Python backend, dynamic batching without delay up to 64 requests, 2 model instances, HTTP in C++",
    )


def mlserver(environment: Path, task: Path, folder: Path) -> Contestant:
    """MLServer with a custom runtime."""
    port, rpc = free_ports(2)
    variables = {"MLSERVER_HTTP_PORT": str(port), "MLSERVER_GRPC_PORT": str(rpc)}
    command = [str(environment / "bin" / "mlserver"), "start", str(PEERS / "mlserver")]
    return Contestant(
        "mlserver",
        PEER_NAMES["mlserver"],
        [_peer_process(command, variables, task, folder)],
        port,
        INFER,
        [f"http://127.0.0.1:{port}{_READY}"],
        by_window,
        read_v2,
        software=f"mlserver {locked_version('mlserver', 'mlserver')}",
        settings="custom runtime in the server's process, adaptive batching up to 64 requests or 0.1 ms, uvloop and "
        "httptools, no gzip",
    )


def ray_serve(environment: Path, task: Path, folder: Path) -> Contestant:
    """Ray Serve with its own small cluster."""
    (port,) = free_ports(1)
    variables = {
        "BENCHMARK_PORT": str(port),
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    script = str(PEERS / "ray_serve" / "ray_serve_forecast.py")
    command = [str(environment / "bin" / "python"), script, str(folder / "ray")]
    return _closes_peer(
        "ray_serve",
        [_peer_process(command, variables, task, folder)],
        port,
        _PREDICT,
        software=f"ray {locked_version('ray_serve', 'ray')}",
        settings="HAProxy and throughput mode, one replica, `serve.batch` up to 64 requests without delay",
    )


def bentoml(environment: Path, task: Path, folder: Path) -> Contestant:
    """BentoML with a batchable API."""
    (port,) = free_ports(1)
    variables = {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(folder / "bentoml")}
    service = "benchmarks.peers.bentoml.bentoml_forecast:ForecastService"
    address = ("--host", "127.0.0.1", "--port", str(port))
    command = [str(environment / "bin" / "bentoml"), "serve", service, *address]
    return _closes_peer(
        "bentoml",
        [_peer_process(command, variables, task, folder)],
        port,
        "/readyz",
        software=f"bentoml {locked_version('bentoml', 'bentoml')}",
        settings="batchable API up to 128 requests, 2 workers, uvloop and httptools",
    )


def litserve(environment: Path, task: Path, folder: Path) -> Contestant:
    """LitServe with a batched API."""
    (port,) = free_ports(1)
    script = str(PEERS / "litserve" / "litserve_forecast.py")
    command = [str(environment / "bin" / "python"), script]
    return _closes_peer(
        "litserve",
        [_peer_process(command, {"BENCHMARK_PORT": str(port)}, task, folder)],
        port,
        "/health",
        software=f"litserve {locked_version('litserve', 'litserve')}",
        settings="batches up to 64 requests or 1 ms, fast queue, one worker, 2 API servers",
    )


_PEERS: Final[Mapping[str, Callable[[Path, Path, Path], Contestant]]] = {
    "triton": triton,
    "mlserver": mlserver,
    "ray_serve": ray_serve,
    "bentoml": bentoml,
    "litserve": litserve,
    "kserve": kserve,
    "textbook": textbook,
}


def peer(key: str, task: Path, folder: Path, progress: Progress) -> Contestant:
    """A peer in its own environment, which is installed if necessary.

    Args:
        key: One of PEER_NAMES.
        task: The task file.
        folder: Folder for files that the peer writes.
        progress: Called with a message before an installation.

    Raises:
        ServerUnavailableError: The environment cannot be installed.
    """
    environment = install(key, progress)
    files = folder / key
    files.mkdir(parents=True, exist_ok=True)
    return _PEERS[key](environment, task, files)


def _peer_process(command: list[str], variables: Mapping[str, str], task: Path, folder: Path) -> Process:
    return Process(command, {"PYTHONPATH": str(ROOT), TASK_VARIABLE: str(task), **variables}, folder)


def _closes_peer(key: str, processes: list[Process], port: int, ready: str, software: str, settings: str) -> Contestant:
    url = f"http://127.0.0.1:{port}{ready}"
    return Contestant(
        key, PEER_NAMES[key], processes, port, _PREDICT, [url], closes_body, read_forecast, software, settings
    )
