"""Predictors of two versions behind one address, as during a rollout: no request is refused."""

import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest

from model.artefact.folder import Artefact
from model.artefact.local_registry import LocalRegistry
from model.contract.arrays import f8
from tests.serving.processes import RunningServer, start_predictor, start_transformer
from tests.serving.trained import Trained, variant
from tests.serving.v2_requests import INFER, outputs_of, window_request

SETTINGS = {"runtime": "onnx", "batch_sizes": "[1]"}


class RoundRobin:
    """A TCP proxy that distributes connections over its backends in turn, like kube-proxy with IPVS."""

    def __init__(self) -> None:
        self.backends: list[RunningServer] = []
        self._counter = itertools.count()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._server]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            target_url = urlsplit(self.backends[next(self._counter) % len(self.backends)].url)
            try:
                backend = socket.create_connection((str(target_url.hostname), int(target_url.port or 0)))
            except ConnectionRefusedError:
                client.close()  # the backend has not started yet
                continue
            self._sockets += [client, backend]
            for source, target in ((client, backend), (backend, client)):
                threading.Thread(target=_copy, args=(source, target), daemon=True).start()

    def close(self) -> None:
        for one in self._sockets:
            one.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one side disconnected


@pytest.fixture
def address() -> Iterator[RoundRobin]:
    address = RoundRobin()
    yield address
    address.close()


def _start_with_version(folder: Path, version: Trained, number: int, scale: float) -> tuple[Artefact, RunningServer]:
    """Publish a version and start a predictor that has only this version."""
    folder.mkdir()
    artefact = variant(version.artefact, folder / "models", number, scale=scale)
    LocalRegistry(folder / "models", "nextclose").set_current(artefact.version)
    return artefact, start_predictor(folder, folder / "models", **SETTINGS)


def test_rollout_of_predictors_refuses_no_request(
    address: RoundRobin, version: Trained, windows: f8, tmp_path: Path
) -> None:
    first, old = _start_with_version(tmp_path / "old", version, 1, 1.0)
    second, new = _start_with_version(tmp_path / "new", version, 2, 1.5)
    registry = LocalRegistry(tmp_path / "models", "nextclose")
    for number, scale in ((1, 1.0), (2, 1.5)):
        variant(version.artefact, registry.root, number, scale=scale)
    assert registry.versions() == [first.version, second.version]
    registry.set_current(first.version)
    address.backends = [old]
    role = start_transformer(tmp_path, registry.root, version.store, predictor_socket=None, predictor_url=address.url)
    expected: dict[str, list[f8]] = {first.version: [], second.version: []}
    try:
        for one in (old, new, role):
            one.await_status(200)
        with httpx.Client(base_url=role.url, timeout=30, trust_env=False) as client:

            def check_ready(count: int) -> None:
                for _ in range(count):
                    answer = client.get("/v2/health/ready")
                    assert answer.status_code == 200, answer.text

            def ask(count: int) -> set[str]:
                versions = set()
                for _ in range(count):
                    answer = client.post(INFER, json=window_request(windows[:1]))
                    quantiles = outputs_of(answer)["quantiles"]
                    name = answer.json()["model_version"]
                    expected[name].append(quantiles)
                    np.testing.assert_array_equal(quantiles, expected[name][0])
                    versions.add(name)
                return versions

            assert ask(10) == {first.version}
            address.backends = [old, new]
            registry.set_current(second.version)
            # If all transformers became unready, their Service would have no pods.
            check_ready(30)
            assert ask(60) <= {first.version, second.version}
            check_ready(30)
            # Connections to the old predictor still exist for a while.
            address.backends = [new]
            check_ready(30)
            ask(60)
            served = client.get("/v2/models/nextclose").json()["versions"]
            assert served == [second.version]
            assert ask(10) == {second.version}
        assert not np.array_equal(expected[first.version][0], expected[second.version][0])
        assert role.metric("nextclose_version_mismatches_total", outcome="refused") == 0
    finally:
        for one in (role, old, new):
            one.program.stop()
