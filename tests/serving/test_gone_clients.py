"""Clients that leave before their answer: no error of the service, and nothing of theirs stays behind."""

import socket
import struct
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.serving.asking import INFER, ask
from tests.serving.processes import Pair, until

f8 = NDArray[np.float64]


@pytest.mark.parametrize("reset", [False, True])
def test_in_the_middle_of_a_body(pair: Pair, http: httpx.Client, windows: f8, *, reset: bool) -> None:
    role = pair.transformer
    internal = role.metric("nextclose_requests_total", code="500")
    refused = role.metric("nextclose_requests_total", code="400")
    address = urlsplit(pair.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        head = f"POST {INFER} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
        connection.sendall(head.encode() + b'{"inputs": [')
        until(lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 1, "the request is read", 20)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: role.metric("nextclose_requests_in_flight", role="transformer") == 0, "the request is over", 20)
    assert role.metric("nextclose_requests_total", code="500") == internal
    assert role.metric("nextclose_requests_total", code="400") == refused + 1
    assert ask(http, windows[:1])["forecast"].shape == (1,)
