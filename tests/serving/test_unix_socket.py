"""The Unix socket of the predictor: it is created again when its file is deleted."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest

from model.contract.arrays import f8
from tests.serving.processes import Pair, running_pair, wait_until
from tests.serving.refusals import check_no_address, check_refusal
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask, window_request

CREATED_AGAIN = "the Unix socket was deleted and is created again"


def _has_created_again(own: Pair, before: int) -> bool:
    return own.predictor.program.log.count(CREATED_AGAIN) == before + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "sockets"
    found.mkdir()
    return found


@pytest.fixture
def own(version: Trained, folder: Path) -> Iterator[Pair]:
    with running_pair(folder, version.models, version.store, {"runtime": "onnx"}) as started:
        yield started


def test_deleted_socket_is_created_again(own: Pair, folder: Path, windows: f8) -> None:
    path = folder / "p.sock"
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        before = ask(client, windows[:2])["quantiles"]
        for _ in range(2):
            log = own.predictor.program.log
            path.unlink()
            wait_until(
                partial(_has_created_again, own, log.count(CREATED_AGAIN)), "the predictor notices the deletion", 20
            )
            wait_until(path.is_socket, "the socket exists again", 20)
            own.transformer.await_status(200)
            np.testing.assert_array_equal(ask(client, windows[:2])["quantiles"], before)
        assert path.stat().st_mode & 0o777 == 0o666


def test_requests_are_refused_until_the_socket_exists_again(own: Pair, folder: Path, windows: f8) -> None:
    path, moved = folder / "p.sock", folder / "elsewhere"
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        # A folder at its path prevents that the socket is created again.
        path.rename(moved)
        path.mkdir()
        wait_until(
            lambda: "the Unix socket cannot be created again" in own.predictor.program.log, "the failure is logged", 20
        )
        wait_until(lambda: own.transformer.status() == 503, "the transformer is not ready", 20)
        for _ in range(3):
            answer = client.post(INFER, json=window_request(windows[:1]), headers={"x-request-id": "kept-1"})
            check_refusal(answer, 503, "the predictor cannot be reached")
            check_no_address(answer.text)
        # The predictor still answers over TCP.
        assert own.predictor.status() == 200
        path.rmdir()
        own.transformer.await_status(200)
        assert ask(client, windows[:1])["forecast"].shape == (1,)


def test_deleted_folder_of_the_socket_is_created_again(own: Pair, folder: Path, windows: f8) -> None:
    folder.rename(folder.with_name("moved"))
    wait_until((folder / "p.sock").is_socket, "the socket exists again", 20)
    own.transformer.await_status(200)
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        assert ask(client, windows[:1])["forecast"].shape == (1,)


def test_predictor_stops_in_order_after_its_socket_was_deleted(own: Pair, folder: Path) -> None:
    (folder / "p.sock").unlink()
    own.predictor.program.stop()
    assert "Traceback" not in own.predictor.program.log
