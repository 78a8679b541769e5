"""Which bytes are a whole inference request; whatever is in doubt is read as any other."""

import pytest

from model.endpoint.whole_request import whole_request

LINE = b"POST /v2/models/nextclose/infer HTTP/1.1\r\n"
BODY = b'{"inputs": []}'


def request(line: bytes = LINE, headers: bytes = b"host: x\r\n", length: int = len(BODY), body: bytes = BODY) -> bytes:
    return line + headers + f"Content-Length: {length}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("data", "path", "headers"),
    [
        (request(), ("nextclose", None), {"host": "x", "content-length": "14"}),
        (
            request(headers=b"host: x\r\nX-Request-ID: abc 1\r\nConnection: Keep-Alive\r\naccept:*/*\r\n"),
            ("nextclose", None),
            {"host": "x", "x-request-id": "abc 1", "connection": "Keep-Alive", "accept": "*/*", "content-length": "14"},
        ),
        (
            request(line=b"POST /v2/models/m.1/versions/20261124T014500Z-1a2b3c4d/infer HTTP/1.1\r\n"),
            ("m.1", "20261124T014500Z-1a2b3c4d"),
            {"host": "x", "content-length": "14"},
        ),
        (request(length=0, body=b""), ("nextclose", None), {"host": "x", "content-length": "0"}),
        # Of one that is given twice the first counts.
        (request(headers=b"a: 1\r\nA: 2\r\nb:\r\n"), ("nextclose", None), {"a": "1", "b": "", "content-length": "14"}),
    ],
)
def test_whole_requests(data: bytes, path: tuple[str, str | None], headers: dict[str, str]) -> None:
    head = whole_request(data)
    assert head is not None
    assert (head.path, dict(head.headers)) == (path, headers)
    assert data[head.size :] == data[data.index(b"\r\n\r\n") + 4 :]
    assert head.length == len(data) - head.size


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
        request(line=b"POST /v2/models/\xc3\xa4/infer HTTP/1.1\r\n"),
        request(line=b"POST /v1/models/nextclose:predict HTTP/1.1\r\n"),
        request(line=b"POST /symbols HTTP/1.1\r\n"),
        request(headers=b"host: x\r\nConnection: close\r\n"),
        request(headers=b"host: x\r\nconnection:  upgrade\r\nupgrade: h2c\r\n"),
        request(headers=b"host: x\r\nTransfer-Encoding: chunked\r\n"),
        request(headers=b"host: x\r\nExpect: 100-continue\r\n"),
        request(headers=b"host: x\r\ncontent-length: 14\r\n"),
        request(headers=b"host: x\r\nproxy-connection: close\r\n"),
        request(headers=b"host: x\r\nx-request-id:  abc\r\n"),
        request(headers=b"host: x\r\nx-request-id: abc \t\r\n"),
        request(headers=b"host: x\r\nx-request-id: \xe4\r\n"),
        request(headers=b"host: x\r\n: nameless\r\n"),
        request(headers=b"host: x\r\nlong: " + b"x" * 5000 + b"\r\n"),
        request(headers=b"host: x\r\n goes: on\r\n"),
        request(headers=b"host: x\r\ncontent-length : 3\r\n"),
        request(headers=b"host: x\ntransfer-encoding: chunked\r\n"),
        request(headers=b"host: x\ry: z\r\n"),
        request(line=b"POST /v2/models/m\r\nx/infer HTTP/1.1\r\n"),
        request().replace(b"Content-Length: 14", b"Content-Length: +14"),
        request().replace(b"Content-Length: 14\r\n", b""),
        request().replace(b"Content-Length: 14", b"Content-Length: 0000000000000014"),
    ],
)
def test_all_else(data: bytes) -> None:
    assert whole_request(data) is None
