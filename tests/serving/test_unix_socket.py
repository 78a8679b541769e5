"""The predictor's Unix socket: it is made again when its file is deleted, and the pair serves again by itself."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.asking import INFER, ask, window_request
from tests.serving.processes import Pair, start_pair, until
from tests.serving.refusals import check_no_address, check_refusal
from tests.serving.trained import Trained

f8 = NDArray[np.float64]
AGAIN = "the Unix socket was deleted, it is made again"


def _says_again(own: Pair, before: int) -> bool:
    return own.predictor.program.log.count(AGAIN) == before + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "sockets"
    found.mkdir()
    return found


@pytest.fixture
def own(version: Trained, folder: Path) -> Iterator[Pair]:
    started = start_pair(folder, version.models, version.store, {"runtime": "onnx"})
    try:
        started.transformer.await_status(200)
        yield started
    finally:
        started.stop()


def test_deleted_socket_is_made_again(own: Pair, folder: Path, windows: f8) -> None:
    path = folder / "p.sock"
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        before = ask(client, windows[:2])["quantiles"]
        for _ in range(2):
            log = own.predictor.program.log
            path.unlink()
            until(partial(_says_again, own, log.count(AGAIN)), "the predictor sees it", 20)
            until(path.is_socket, "the socket is there again", 20)
            own.transformer.await_status(200)
            np.testing.assert_array_equal(ask(client, windows[:2])["quantiles"], before)
        assert path.stat().st_mode & 0o777 == 0o666


def test_requests_are_refused_in_words_until_the_socket_is_there_again(own: Pair, folder: Path, windows: f8) -> None:
    path, moved = folder / "p.sock", folder / "elsewhere"
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        # A folder at its path: it cannot be made again for now.
        path.rename(moved)
        path.mkdir()
        until(lambda: "the Unix socket cannot be made again now" in own.predictor.program.log, "the log says it", 20)
        until(lambda: own.transformer.status() == 503, "the transformer is not ready", 20)
        for _ in range(3):
            answer = client.post(INFER, json=window_request(windows[:1]), headers={"x-request-id": "kept-1"})
            check_refusal(answer, 503, "the predictor cannot be reached")
            check_no_address(answer.text)
        # Over TCP the predictor answers all the while.
        assert own.predictor.status() == 200
        path.rmdir()
        own.transformer.await_status(200)
        assert ask(client, windows[:1])["forecast"].shape == (1,)


def test_deleted_folder_of_the_socket_is_made_again(own: Pair, folder: Path, windows: f8) -> None:
    folder.rename(folder.with_name("moved"))
    until((folder / "p.sock").is_socket, "the socket is there again", 20)
    own.transformer.await_status(200)
    with httpx.Client(base_url=own.url, timeout=20, trust_env=False) as client:
        assert ask(client, windows[:1])["forecast"].shape == (1,)


def test_predictor_whose_socket_was_deleted_ends_in_order(own: Pair, folder: Path) -> None:
    (folder / "p.sock").unlink()
    own.predictor.program.stop()
    assert "Traceback" not in own.predictor.program.log
