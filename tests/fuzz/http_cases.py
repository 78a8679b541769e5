"""Random HTTP cases: the bytes to send over one connection, and the responses that are allowed."""

import gzip
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from tests.fuzz.floods import flood_binary, flood_json
from tests.fuzz.inference_requests import CLOSES, Served, header_length, valid_binary, valid_document
from tests.fuzz.json_text import nested, odd_text, odd_value, write_json
from tests.fuzz.mutations import mutated_bytes, mutated_document, random_parts
from tests.fuzz.odd_http import (
    BAD_CHUNKS,
    BREAKING_HEADERS,
    HEADERS,
    METHODS,
    PATHS,
    QUERIES,
    REQUEST_LINES,
    SEGMENTS,
)
from tests.serving.v2_requests import HEADER

OK: Final = frozenset({200})
REFUSED: Final = frozenset({400})
_PAUSE: Final = 0.005  # seconds between two parts


@dataclass(frozen=True, slots=True)
class HttpCase:
    """The behaviour of a client on one connection.

    Attributes:
        kind: Name of the generator of the case.
        parts: Bytes to send; each part is one write.
        methods: Methods of the requests that must be answered while the client keeps its sending side open.
        reusable: Whether the connection accepts another request after those responses.
        statuses: Allowed status codes of the responses; None allows all below 500.
        identifier: The `x-request-id` that error responses must repeat; None allows any.
        half_close: Whether the client closes its sending side immediately after the last part.
        abort: How the client disconnects without reading a response: `close` or `reset`; None if it does not.
        pause: Seconds between two parts.
        patience: Timeout for each response, in seconds.
    """

    kind: str
    parts: tuple[bytes, ...]
    methods: tuple[str, ...] = ()
    reusable: bool = False
    statuses: Collection[int] | None = None
    identifier: str | None = None
    half_close: bool = False
    abort: str | None = None
    pause: float = _PAUSE
    patience: float = 25.0

    @property
    def content(self) -> bytes:
        """All bytes that are sent."""
        return b"".join(self.parts)


Headers = Sequence[tuple[str, str]]


def request_bytes(
    method: str, path: str, headers: Headers = (), body: bytes | None = None, *, version: str = "HTTP/1.1"
) -> bytes:
    """A well-formed request. A body is sent with `Content-Length`."""
    lines = [f"{method} {path} {version}", "Host: nextclose", *(f"{name}: {value}" for name, value in headers)]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def chunked_body(rng: Random, body: bytes) -> bytes:
    """A body in chunks of random sizes, sometimes with extensions and trailers."""
    chunks = []
    for piece in random_parts(rng, body, rng.choice((2, 4, 30))):
        extension = rng.choice((b"", b"", b";a", b";a=b", b';a="b"'))
        chunks.append(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece))
    return b"".join([*chunks, b"0\r\n", rng.choice((b"", b"", b"X-Trailer: a\r\n")), b"\r\n"])


def http_case(rng: Random, served: Served, number: int) -> HttpCase:
    """A random case."""
    generators = list(_WEIGHTS)
    (generator,) = rng.choices(generators, [_WEIGHTS[one] for one in generators])
    case = generator(rng, served, f"fuzz-{number}")
    split = len(case.parts) == 1 and len(case.content) < 20_000 and generator is not _bad_chunks
    if split and rng.random() < 0.25:
        case = replace(case, parts=random_parts(rng, case.content, rng.choice((2, 4, 12))))
    return case


def _framed(kind: str, content: bytes, identifier: str | None, statuses: Collection[int] | None = None) -> HttpCase:
    return HttpCase(kind, (content,), ("POST",), reusable=True, statuses=statuses, identifier=identifier)


def _sent(rng: Random, path: str, body: bytes, identifier: str, headers: Headers = ()) -> bytes:
    """An inference request whose body is sent with `Content-Length` or in chunks."""
    given = [("x-request-id", identifier), *headers]
    if rng.random() < 0.8:
        return request_bytes("POST", path, given, body)
    return request_bytes("POST", path, [*given, ("Transfer-Encoding", "chunked")]) + chunked_body(rng, body)


def _infer_path(rng: Random, served: Served) -> str:
    return served.path if rng.random() < 0.8 else f"/v2/models/{served.model}/versions/{served.version}/infer"


def _valid(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(valid_document(rng, served))
    return _framed("valid", _sent(rng, _infer_path(rng, served), body, identifier), identifier, OK)


def _json(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(mutated_document(rng, valid_document(rng, served)))
    if rng.random() < 0.1:
        body = mutated_bytes(rng, body)
    elif rng.random() < 0.05:
        encoding = rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7"))
        body = body.decode(errors="replace").encode(encoding, "replace")
    headers = _odd_body_headers(rng)
    return _framed("json", _sent(rng, _infer_path(rng, served), body, identifier, headers), identifier)


def _any_json(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(odd_value(rng, 5)) if rng.random() < 0.7 else rng.randbytes(rng.randrange(200))
    return _framed("any json", _sent(rng, _infer_path(rng, served), body, identifier), identifier)


def _v1(rng: Random, served: Served, identifier: str) -> HttpCase:
    path = f"/v1/models/{served.model}:predict"
    document: dict[str, Any] = {"instances": [list(CLOSES) for _ in range(rng.randint(1, 3))]}
    if rng.random() < 0.3:
        document["parameters"] = {"allow_jumps": True}
    if rng.random() < 0.1:
        statuses = OK if served.role == "transformer" else {404}
        return _framed("v1", _sent(rng, path, write_json(document), identifier), identifier, statuses)
    body = write_json(mutated_document(rng, document))
    return _framed("v1", _sent(rng, path, body, identifier), identifier)


def _binary(rng: Random, served: Served, identifier: str) -> HttpCase:
    document, tail, headers = valid_binary(rng, served)
    action = rng.randrange(6)
    if action == 0:
        document = mutated_document(rng, document)
    elif action == 1:
        tail = tail[: rng.randint(0, len(tail))]
    elif action == 2:
        tail += rng.randbytes(rng.choice((1, 3, 4, 100)))
    elif action == 3:
        tail = mutated_bytes(rng, tail)
    head = write_json(document)
    length = header_length(head)
    if action == 4:
        near = str(len(head) + rng.choice((-100, -1, 1, 2, 100, 10**6)))
        odd = ("", "-1", "+1", "0", "1e3", "0x10", "1.0", "9" * 30, "1,2", "1 2", "NaN", "\xb2", near)
        length = {HEADER: rng.choice((*odd, near, near))}
    given = [*headers.items(), *(length.items() if rng.random() < 0.95 else ())]
    statuses = OK if action == 5 and len(given) == 2 else None
    return _framed("binary", _sent(rng, _infer_path(rng, served), head + tail, identifier, given), identifier, statuses)


def _flood(rng: Random, served: Served, identifier: str) -> HttpCase:
    if rng.random() < 0.7:
        content = request_bytes("POST", served.path, [("x-request-id", identifier)], flood_json(rng, served))
        return _framed("flood", content, identifier)
    body, headers = flood_binary(rng, served)
    content = request_bytes("POST", served.path, [("x-request-id", identifier), *headers.items()], body)
    return _framed("flood", content, identifier)


def _over_limit(rng: Random, served: Served, identifier: str) -> HttpCase:
    """A body of more than 16 MiB, with `Content-Length` or in chunks."""
    body = rng.choice((b" ", b"[", b"\x00", b'{"')) * (17 * 2**20 // rng.choice((1, 2)) + 1)
    body = body[: 16 * 2**20 + rng.choice((1, 1000, 2**20))].ljust(16 * 2**20 + 1)
    if rng.random() < 0.5:
        return _framed("over limit", request_bytes("POST", served.path, (), body), None, {413})
    pieces = b"".join(
        b"%x\r\n%b\r\n" % (len(body[i : i + 2**20]), body[i : i + 2**20]) for i in range(0, len(body), 2**20)
    )
    head = request_bytes("POST", served.path, [("Transfer-Encoding", "chunked")])
    return _framed("over limit", head + pieces + b"0\r\n\r\n", None, {413})


def _filled(served: Served, path: str) -> str:
    return path.format(m=served.model, v=served.version, s=served.symbol.replace("^", "%5E"))


def _path(rng: Random, served: Served, identifier: str) -> HttpCase:
    segments = _filled(served, rng.choice(PATHS)).split("/")
    for _ in range(rng.choice((0, 1, 1, 2))):
        position = rng.randint(1, len(segments))
        segments[position : position + rng.randrange(2)] = [rng.choice(SEGMENTS)]
    path = "/".join(segments).replace(" ", "%20")
    target = (path if path.startswith("/") else f"/{path}") + rng.choice(QUERIES)
    method = rng.choice(METHODS) if rng.random() < 0.4 else "GET"
    body = rng.choice((b"", b"{}", b"x")) if method in {"POST", "PUT", "PATCH"} else None
    content = request_bytes(method, target, [("x-request-id", identifier)], body)
    return HttpCase("path", (content,), (method,), reusable=True, identifier=identifier)


def _headers(rng: Random, served: Served, identifier: str) -> HttpCase:
    """A valid request with unusual headers."""
    path = _filled(served, rng.choice(PATHS))
    method = rng.choice(("GET", "GET", "GET", "HEAD", "POST"))
    body = write_json(valid_document(rng, served)) if method == "POST" else None
    headers = [("x-request-id", identifier), *_some(rng, HEADERS, rng.choice((1, 1, 2, 4)))]
    content = request_bytes(method, path, headers, body)
    return HttpCase("headers", (content,), (method,), reusable=True, identifier=identifier)


def _some(rng: Random, table: dict[str, tuple[str, ...]], count: int) -> list[tuple[str, str]]:
    return [(name, rng.choice(table[name])) for name in rng.sample(list(table), count)]


def _odd_body_headers(rng: Random) -> Headers:
    return _some(rng, HEADERS, 1) if rng.random() < 0.1 else []


def _request_id(rng: Random, served: Served, _identifier: str) -> HttpCase:
    odd = (
        "",
        " ",
        "\t",
        "a b",
        "x" * 128,
        "x" * 129,
        "x" * 8000,
        "\xff",
        "\xe9",
        '"',
        "a,b",
        "%0a",
        "${x}",
        "<script>",
        "0",
        "-",
    )
    chosen = rng.choice(odd)
    valid = 0 < len(chosen) <= 128 and chosen.isascii() and " " not in chosen and "\t" not in chosen
    content = request_bytes("POST", served.path, [("x-request-id", chosen)], b"{}")
    return _framed("request id", content, chosen if valid else None, REFUSED)


def _request_line(rng: Random, served: Served, _identifier: str) -> HttpCase:
    line = rng.choice(REQUEST_LINES)
    if rng.random() < 0.2:
        line = odd_text(rng).replace("\n", " ") + line
    content = line.encode("utf-8", "surrogatepass") + b"\r\nHost: x\r\n\r\n"
    return HttpCase("request line", (content + (b"{}" if rng.random() < 0.1 else b""),))


def _broken_headers(rng: Random, served: Served, identifier: str) -> HttpCase:
    headers = [("x-request-id", identifier), *_some(rng, BREAKING_HEADERS, rng.choice((1, 1, 2)))]
    if rng.random() < 0.3:
        headers += _some(rng, HEADERS, 1)
    rng.shuffle(headers)
    lines = [f"{rng.choice(METHODS)} {_filled(served, rng.choice(PATHS))} HTTP/1.{rng.choice('011')}"]
    lines += ["Host: x"] * rng.choice((0, 1, 1, 1, 2))
    lines += [f"{name}:{rng.choice(('', ' ', '  '))}{value}" for name, value in headers]
    if rng.random() < 0.1:
        lines += ["X: y"] * rng.choice((100, 130, 1000))
    end = rng.choice(("\r\n", "\r\n", "\r\n", "\n", "\r"))
    content = end.join([*lines, "", ""]).encode("latin-1")
    return HttpCase("broken headers", (content + rng.choice((b"", b"{}", b"2\r\n{}\r\n0\r\n\r\n")),))


def _mutated_request(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(valid_document(rng, served))
    return HttpCase("mutated request", (mutated_bytes(rng, _sent(rng, served.path, body, identifier)),))


def _noise(rng: Random, served: Served, _identifier: str) -> HttpCase:
    return HttpCase("noise", (rng.randbytes(rng.choice((1, 10, 100, 5000))) + rng.choice((b"", b"\r\n\r\n")),))


def _bad_chunks(rng: Random, served: Served, identifier: str) -> HttpCase:
    """Malformed chunks. They are sent in one write, because aiohttp does not report malformed chunks of later reads."""
    head = request_bytes("POST", served.path, [("x-request-id", identifier), ("Transfer-Encoding", "chunked")])
    good = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in random_parts(rng, b'{"inputs": []}'))
    tail = rng.choice((b"", good)) + rng.choice(BAD_CHUNKS)
    return HttpCase("bad chunks", (head + tail,), ("POST",), statuses=REFUSED, pause=0.03, patience=5.0)


def _pipeline(rng: Random, served: Served, identifier: str) -> HttpCase:
    """Requests that are sent without waiting for responses. Some offer an upgrade, which is declined."""
    methods, content = [], b""
    for position in range(rng.choice((2, 3, 5, 40))):
        method, request = _pipelined(rng, served, f"{identifier}-{position}")
        methods.append(method)
        content += request
    parts = random_parts(rng, content, rng.choice((2, 6, 40))) if rng.random() < 0.6 else (content,)
    half_close = rng.random() < 0.2
    return HttpCase("pipeline", parts, tuple(methods), not half_close, half_close=half_close, pause=0.003)


def _pipelined(rng: Random, served: Served, identifier: str) -> tuple[str, bytes]:
    headers = [("x-request-id", identifier)]
    if rng.random() < 0.15:
        offer = rng.choice(("h2c", "websocket", "foo/1", "HTTP/2.0, SHTTP/1.3", "TLS/1.0"))
        headers += rng.sample([("Upgrade", offer), ("Connection", "Upgrade")], 2)
    if rng.random() < 0.4:
        return "POST", _sent(rng, served.path, write_json(valid_document(rng, served)), identifier, headers[1:])
    if rng.random() < 0.2:
        return "POST", request_bytes("POST", served.path, headers, b'{"inputs": 1}')
    method = rng.choice(("GET", "GET", "HEAD"))
    return method, request_bytes(method, _filled(served, rng.choice(("/v2", "/v2/models/{m}", "/nothing"))), headers)


def _truncated(rng: Random, served: Served, identifier: str) -> HttpCase:
    """A truncated request whose client closes its sending side or disconnects."""
    content = _sent(rng, served.path, write_json(valid_document(rng, served)), identifier)
    content = content[: rng.randint(0, len(content) - 1)]
    parts = random_parts(rng, content) if content and rng.random() < 0.5 else (content,)
    end = rng.choice(({"half_close": True}, {"abort": "close"}, {"abort": "reset"}))
    return HttpCase("truncated", parts, **end)


def _disconnected(rng: Random, served: Served, identifier: str) -> HttpCase:
    """A valid request whose client disconnects before the response."""
    content = _sent(rng, served.path, write_json(valid_document(rng, served)), identifier)
    return HttpCase("disconnected", (content * rng.choice((1, 1, 5)),), abort=rng.choice(("close", "reset")))


def _half_closed(rng: Random, served: Served, identifier: str) -> HttpCase:
    """A valid request whose client closes its sending side and reads the response."""
    content = _sent(rng, served.path, write_json(valid_document(rng, served)), identifier)
    return HttpCase("half-closed", (content,), ("POST",), statuses=OK, half_close=True)


def _expect(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(valid_document(rng, served))
    expected = rng.choice(("100-continue", "100-Continue", "100-continue, foo", "foo", "", "200-ok", "\xe9"))
    headers = [("x-request-id", identifier), ("Expect", expected)]
    version = rng.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.0"))
    content = request_bytes("POST", served.path, headers, body, version=version)
    end = content.index(b"\r\n\r\n") + 4
    parts = rng.choice(((content,), (content[:end], content[end:])))
    return HttpCase("expect", parts, ("POST",), reusable=True, identifier=identifier, pause=0.02)


def _compressed(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(valid_document(rng, served))
    encoding = rng.choice(
        ("gzip", "deflate", "br", "zstd", "x", "gzip, identity", "identity, identity", "\xff", "GZIP")
    )
    compressed = rng.choice(
        (gzip.compress(body, mtime=0), zlib.compress(body), body, b"", gzip.compress(b" " * 10**6, mtime=0))
    )
    headers = [("Content-Encoding", encoding)]
    return _framed("compressed", _sent(rng, served.path, compressed, identifier, headers), identifier, REFUSED)


def _http_1_0(rng: Random, served: Served, identifier: str) -> HttpCase:
    body = write_json(valid_document(rng, served))
    headers = [
        ("x-request-id", identifier),
        *rng.choice(((), [("Connection", "keep-alive")], [("Connection", "close")])),
    ]
    content = request_bytes("POST", served.path, headers, body, version="HTTP/1.0")
    return HttpCase("http 1.0", (content,), ("POST",), reusable=True, statuses=OK, identifier=identifier)


def _deep(rng: Random, served: Served, identifier: str) -> HttpCase:
    inner = nested(rng, rng.choice((100, 900, 1023, 1024, 1025, 5000, 60_000)))
    document = valid_document(rng, served, plain=True)
    position = rng.randrange(5)
    if position == 0:
        document["parameters"] = {"allow_jumps": inner}
    elif position == 1:
        document["inputs"][0]["data"] = inner
    elif position == 2:
        document["inputs"][0]["shape"] = inner
    elif position == 3:
        document["outputs"] = inner
    body = bytes(inner) if position == 4 else write_json(document)
    return _framed("deep", _sent(rng, served.path, body, identifier), identifier)


_WEIGHTS: Final[dict[Callable[[Random, Served, str], HttpCase], float]] = {
    _valid: 3,
    _json: 27,
    _any_json: 5,
    _v1: 7,
    _binary: 11,
    _deep: 2,
    _flood: 2,
    _over_limit: 0.1,
    _path: 9,
    _headers: 6,
    _request_id: 1,
    _request_line: 3,
    _broken_headers: 4,
    _mutated_request: 3,
    _noise: 1,
    _bad_chunks: 3,
    _pipeline: 5,
    _truncated: 2,
    _disconnected: 1.5,
    _half_closed: 1,
    _expect: 1.2,
    _compressed: 1.2,
    _http_1_0: 1,
}
