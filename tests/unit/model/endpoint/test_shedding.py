"""Which bytes are a whole inference request: whatever is in doubt is not, and is read as any other."""

import pytest

from model.endpoint.shedding import whole_request

LINE = b"POST /v2/models/nextclose/infer HTTP/1.1\r\n"
BODY = b'{"inputs": []}'


def request(line: bytes = LINE, headers: bytes = b"host: x\r\n", length: int = len(BODY), body: bytes = BODY) -> bytes:
    return line + headers + f"Content-Length: {length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("data", "identifier"),
    [
        (request(), b""),
        (request(headers=b"host: x\r\nX-Request-ID:  abc-1\r\nConnection: keep-alive\r\naccept: */*\r\n"), b"abc-1"),
        (request(headers=b"host: x\r\nconnection:keep-alive\r\n"), b""),
        (request(line=b"POST /v2/models/nextclose/versions/20261124T014500Z-1a2b3c4d/infer HTTP/1.1\r\n"), b""),
        (request(length=0, body=b""), b""),
    ],
)
def test_whole_requests(data: bytes, identifier: bytes) -> None:
    assert whole_request(data) == identifier


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE,
        request()[:-1],
        request() + b"P",
        request() + request(),
        request(line=b"GET /v2/models/nextclose/infer HTTP/1.1\r\n"),
        request(line=b"POST /v2/models/nextclose/infer HTTP/1.0\r\n"),
        request(line=b"POST /v2/models/nextclose/infer?x=1 HTTP/1.1\r\n"),
        request(line=b"POST /v2/models/next%63lose/infer HTTP/1.1\r\n"),
        request(line=b"POST /v1/models/nextclose:predict HTTP/1.1\r\n"),
        request(line=b"POST /symbols HTTP/1.1\r\n"),
        request(headers=b"host: x\r\nConnection: close\r\n"),
        request(headers=b"host: x\r\nconnection:  upgrade\r\nupgrade: h2c\r\n"),
        request(headers=b"host: x\r\nTransfer-Encoding: chunked\r\n"),
        request(headers=b"host: x\r\nExpect: 100-continue\r\n"),
        request(headers=b"host: x\r\ncontent-length: 14\r\n"),
        request(headers=b"host: x\r\n goes: on\r\n"),
        request(headers=b"host: x\r\ncontent-length : 3\r\n"),
        request().replace(b"Content-Length: 14", b"Content-Length: +14"),
        request().replace(b"Content-Length: 14\r\n", b""),
    ],
)
def test_all_else(data: bytes) -> None:
    assert whole_request(data) is None
