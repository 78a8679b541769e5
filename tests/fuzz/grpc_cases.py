"""Random gRPC cases: one call each, with the allowed status codes."""

import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from model.protocol import open_inference as pb
from tests.fuzz.floods import ROW_LIMITS
from tests.fuzz.inference_requests import Served, valid_message
from tests.fuzz.json_text import odd_number, odd_text
from tests.fuzz.mutations import mutated_bytes

Metadata = tuple[tuple[str, str | bytes], ...]
INFER: Final = "ModelInfer"
REFUSED: Final = frozenset({"INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED"})
ANY: Final = REFUSED | {"OK"}
_MANY: Final = (2, 63, 64, 65, 1000, 20_000, 200_000)


@dataclass(frozen=True, slots=True)
class GrpcCase:
    """A call.

    Attributes:
        kind: Name of the generator of the case.
        method: Name of the method in the service, or a full path.
        content: The serialised message.
        codes: Names of the allowed status codes.
        metadata: Metadata of the call.
        timeout: Deadline in seconds; None sends no deadline.
        identifier: The `x-request-id` that errors of the service must repeat; None allows any.
        gzip: Whether to compress the message.
        cancel: Seconds after which the client cancels the call; None never cancels.
        wire: Whether to send the content unchanged over a TCP connection, without HTTP/2.
    """

    kind: str
    method: str
    content: bytes
    codes: Collection[str] = ANY
    metadata: Metadata = ()
    timeout: float | None = 20.0
    identifier: str | None = None
    gzip: bool = False
    cancel: float | None = None
    wire: bool = False


def grpc_case(rng: Random, served: Served, number: int) -> GrpcCase:
    """A random case."""
    generators = list(_WEIGHTS)
    (generator,) = rng.choices(generators, [_WEIGHTS[one] for one in generators])
    return generator(rng, served, f"fuzz-{number}")


def _infer(kind: str, message: Any, identifier: str, codes: Collection[str] = ANY) -> GrpcCase:
    content = message if isinstance(message, bytes) else message.SerializeToString()
    return GrpcCase(kind, INFER, content, codes, (("x-request-id", identifier),), identifier=identifier)


def _valid(rng: Random, served: Served, identifier: str) -> GrpcCase:
    return _infer("valid", valid_message(rng, served), identifier, {"OK"})


def _fields(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """A valid message with some fields changed."""
    message = valid_message(rng, served)
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(_CHANGES)(rng, message)
    return _infer("fields", message, identifier)


def _change_names(rng: Random, message: Any) -> None:
    field = rng.choice(("model_name", "model_version", "id"))
    setattr(message, field, _text(rng))


def _change_tensor(rng: Random, message: Any) -> None:
    for tensor in message.inputs[:1]:
        setattr(
            tensor,
            rng.choice(("name", "datatype")),
            rng.choice((_text(rng), "FP32", "FP64", "BYTES", "INT64", "close", "symbol")),
        )


def _change_shape(rng: Random, message: Any) -> None:
    sizes = (-(2**63), -1, 0, 1, 2, 3, 59, 60, 61, 4096, 65_536, 65_537, 2**31 - 1, 2**31, 2**62, 2**63 - 1)
    for tensor in message.inputs[:1]:
        if rng.random() < 0.5 and tensor.shape:
            tensor.shape[rng.randrange(len(tensor.shape))] = rng.choice(sizes)
        else:
            del tensor.shape[:]
            tensor.shape.extend(rng.choice(sizes) for _ in range(rng.choice((0, 1, 2, 3, 4, 70))))


def _change_contents(rng: Random, message: Any) -> None:
    for tensor in message.inputs[:1]:
        contents = tensor.contents
        kind = rng.choice(("bool", "int", "int64", "uint", "uint64", "fp32", "fp64", "bytes"))
        values: dict[str, Any] = {
            "bool": True,
            "int": -1,
            "int64": -(2**63),
            "uint": 1,
            "uint64": 2**64 - 1,
            "bytes": rng.randbytes(3),
        }
        value = values.get(kind, 1.5)
        getattr(contents, f"{kind}_contents").extend([value] * rng.choice((1, 59, 60, 61, 120)))


def _change_values(rng: Random, message: Any) -> None:
    for tensor in message.inputs[:1]:
        for values in (tensor.contents.fp32_contents, tensor.contents.fp64_contents):
            for _ in range(min(len(values), rng.choice((1, 2, 60)))):
                values[rng.randrange(len(values))] = _float(rng)
        texts = tensor.contents.bytes_contents
        if texts:
            texts[0] = rng.choice((b"", b"\xff", b"\x00", b"x" * 5000, _text(rng).encode()))


def _change_raw(rng: Random, message: Any) -> None:
    raw = message.raw_input_contents
    if not raw or rng.random() < 0.2:
        raw.append(rng.randbytes(rng.choice((0, 1, 8, 480, 960))))
    elif rng.random() < 0.5:
        raw[0] = mutated_bytes(rng, raw[0])
    else:
        odd = struct.pack(rng.choice(("<d", "<f")), min(max(_float(rng), -3e38), 3e38))
        raw[0] = rng.choice((raw[0][:-1], raw[0] * 2, b"", odd + raw[0][len(odd) :], b"\xff" * len(raw[0])))


def _change_outputs(rng: Random, message: Any) -> None:
    for _ in range(rng.choice((1, 2, 64))):
        output = message.outputs.add(name=rng.choice(("forecast", "naive", "quantiles", "stale", _text(rng))))
        if rng.random() < 0.3:
            output.parameters["binary_data"].string_param = "x"


def _change_parameters(rng: Random, message: Any) -> None:
    name = rng.choice(("allow_jumps", "binary_data_output", _text(rng)))
    kind, value = rng.choice(
        (("bool_param", True), ("int64_param", 2**63 - 1), ("string_param", _text(rng)), ("", None))
    )
    parameter = message.parameters[name]
    if kind:
        setattr(parameter, kind, value)


def _repeat(rng: Random, message: Any) -> None:
    for tensor in message.inputs[:1]:
        message.inputs.extend([tensor] * rng.choice((1, 2, 63, 64)))
        if message.raw_input_contents and rng.random() < 0.5:
            message.raw_input_contents.extend([message.raw_input_contents[0]] * (len(message.inputs) - 1))


_CHANGES: Final = (
    _change_names, _change_tensor, _change_shape, _change_contents, _change_values, _change_raw, _change_outputs,
    _change_parameters, _repeat,
)  # fmt: skip


def _text(rng: Random) -> str:
    return odd_text(rng).encode("utf-8", "replace").decode()


def _float(rng: Random) -> float:
    number = odd_number(rng)
    return float(number) if isinstance(number, float) or abs(number) < 2**1000 else float("inf")


def _bytes(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """Random bytes, or a mutated message."""
    content = rng.choice(
        (rng.randbytes(rng.randrange(300)), mutated_bytes(rng, valid_message(rng, served).SerializeToString()))
    )
    return _infer("bytes", content, identifier)


def _wire_fields(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """A valid message followed by fields in any wire format: unknown, repeated, mistyped, nested or truncated."""
    content = valid_message(rng, served).SerializeToString()
    for _ in range(rng.choice((1, 2, 10))):
        content += _wire_field(rng)
    if rng.random() < 0.2:
        content = content * 2
    return _infer("wire fields", content, identifier)


def _wire_field(rng: Random) -> bytes:
    number = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 19_000, 2**29 - 1, rng.randrange(1, 2**29)))
    kind = rng.randrange(8)
    tag = _varint(number << 3 | kind)
    if kind == 0:
        return tag + _varint(rng.choice((0, 1, 2**63, 2**64 - 1))) + rng.choice((b"", b"", b"\xff" * 11))
    if kind == 1:
        return tag + rng.randbytes(8)
    if kind == 2:
        inner = rng.choice((b"", b"x", b"\xff\xfe", b"\x0a\x00" * 50, b"\x0a\x7f", rng.randbytes(20)))
        return tag + _varint(rng.choice((len(inner), len(inner), len(inner) + 1, 2**31, 2**63))) + inner
    if kind == 3:
        depth = rng.choice((1, 99, 101, 5000))
        return tag * depth + _varint(number << 3 | 4) * rng.choice((depth, 0))
    return tag + rng.randbytes(4 if kind == 5 else 2)


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _flood(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """Repeated fields with very many values, or very long strings."""
    message = valid_message(rng, served, plain=True)
    many = rng.choice(_MANY)
    action = rng.randrange(9)
    limit = ROW_LIMITS[served.role]
    if action < 4:
        # Fields 5, 6, 7 and 4 of ModelInferRequest, each empty.
        return _infer(
            "flood",
            message.SerializeToString() + (b"\x2a\x00", b"\x32\x00", b"\x3a\x00", b"\x22\x00")[action] * many,
            identifier,
        )
    tensor = message.inputs[0]
    if action == 4:
        tensor.shape.extend([1] * many)
    elif action == 5:
        tensor.contents.fp64_contents.extend([1.0] * many)
    elif action == 6:
        tensor.contents.bool_contents.extend([True] * many)
    elif action == 7:
        rows = rng.choice((1000, limit, limit + 1))
        message = pb.ModelInferRequest(model_name=served.model)
        tensor = message.inputs.add(name="symbol", datatype="BYTES", shape=[rows])
        tensor.contents.bytes_contents.extend([rng.choice((served.symbol.encode(), b""))] * rows)
    else:
        setattr(message, rng.choice(("id", "model_name", "model_version")), "x" * rng.choice((10_000, 10**6)))
    return _infer("flood", message, identifier)


def _over_limit(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """A message of more than 16 MiB, sometimes compressed to a small size."""
    message = valid_message(rng, served, plain=True)
    message.raw_input_contents.append(bytes(17 * 2**20))
    codes = {"RESOURCE_EXHAUSTED"}
    return GrpcCase("over limit", INFER, message.SerializeToString(), codes, gzip=rng.random() < 0.5)


def _metadata(rng: Random, served: Served, _identifier: str) -> GrpcCase:
    """A valid message with unusual metadata."""
    names = (
        "x-request-id",
        "traceparent",
        "tracestate",
        "x-b3-traceid",
        "user-agent-x",
        "authorization",
        "content-language",
        "te-x",
    )
    values = (
        "",
        " ",
        "a",
        "a b",
        " a ",
        "~",
        '"',
        "%00",
        "x" * 128,
        "x" * 129,
        "x" * 3000,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-1-01",
        ",",
        "\\",
    )
    pairs: list[tuple[str, str | bytes]] = []
    for _ in range(rng.choice((1, 2, 3, 20))):
        name = rng.choice(names)
        if rng.random() < 0.2:
            pairs.append((f"{name}-bin", rng.randbytes(rng.choice((0, 1, 100)))))
        else:
            pairs.append((name, rng.choice(values)))
    size = sum(len(name) + len(value) + 32 for name, value in pairs)
    codes = {"OK"} if size < 7000 else {"OK", "RESOURCE_EXHAUSTED"}
    return GrpcCase("metadata", INFER, valid_message(rng, served).SerializeToString(), codes, tuple(pairs))


def _methods(rng: Random, served: Served, identifier: str) -> GrpcCase:
    """A call of any method, with its own message, another method's message, or a mutated one."""
    messages: dict[str, Any] = {
        "ServerLive": pb.ServerLiveRequest(),
        "ServerReady": pb.ServerReadyRequest(),
        "ServerMetadata": pb.ServerMetadataRequest(),
        "ModelReady": pb.ModelReadyRequest(name=served.model, version=rng.choice(("", served.version, "x"))),
        "ModelMetadata": pb.ModelMetadataRequest(
            name=rng.choice((served.model, _text(rng))), version=rng.choice(("", _text(rng)))
        ),
        "RepositoryModelLoad": pb.RepositoryModelLoadRequest(model_name=_text(rng)),
        "RepositoryModelUnload": pb.RepositoryModelUnloadRequest(model_name=_text(rng)),
        INFER: valid_message(rng, served),
    }
    method = rng.choice(list(messages))
    content = messages[method if rng.random() < 0.6 else rng.choice(list(messages))].SerializeToString()
    if rng.random() < 0.2:
        content = mutated_bytes(rng, content)
    codes = ANY | {"PERMISSION_DENIED"}
    return GrpcCase("methods", method, content, codes, (("x-request-id", identifier),), identifier=identifier)


def _unknown_method(rng: Random, served: Served, _identifier: str) -> GrpcCase:
    service = f"/{pb.SERVICE}/"
    names = ("Nothing", "", "modelinfer", "ModelStreamInfer", "RepositoryIndex", "ModelInfer/")
    others = ("/Nothing/ModelInfer", "/", "/a", "//", "/grpc.health.v1.Health/Check", "/" + "a" * 3000)
    paths = (*(service + name for name in names), *others)
    return GrpcCase("unknown method", rng.choice(paths), rng.randbytes(rng.randrange(20)), {"UNIMPLEMENTED"})


def _deadline(rng: Random, served: Served, _identifier: str) -> GrpcCase:
    """A deadline or a cancellation that may precede the response."""
    content = valid_message(rng, served).SerializeToString()
    if rng.random() < 0.5:
        return GrpcCase("deadline", INFER, content, {"OK", "CANCELLED"}, cancel=rng.choice((0.0, 0.001, 0.003, 0.01)))
    timeout = rng.choice((1e-6, 0.0005, 0.001, 0.002, 0.005))
    return GrpcCase("deadline", INFER, content, {"OK", "DEADLINE_EXCEEDED"}, timeout=timeout)


def _compressed(rng: Random, served: Served, identifier: str) -> GrpcCase:
    content = valid_message(rng, served).SerializeToString()
    return GrpcCase("compressed", INFER, content, {"OK"}, (("x-request-id", identifier),), gzip=True)


def _wire(rng: Random, served: Served, _identifier: str) -> GrpcCase:
    """Bytes on the gRPC port that are not a call: other protocols, and HTTP/2 frames in random order."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    frames = b"".join(_frame(rng) for _ in range(rng.choice((1, 3, 20))))
    others = (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", rng.randbytes(200))
    content = rng.choice((*others, preface, preface + frames, preface + _frame(rng, 4, b"") + frames, frames))
    return GrpcCase("wire", "", content, wire=True)


def _frame(rng: Random, kind: int | None = None, content: bytes | None = None) -> bytes:
    chosen = rng.randrange(12) if kind is None else kind
    payload = rng.randbytes(rng.choice((0, 4, 8, 50))) if content is None else content
    stream = rng.choice((0, 0, 1, 2, 3, 2**31 - 1))
    size = len(payload) if rng.random() < 0.9 else rng.choice((0, 2**14 + 1, 2**24 - 1))
    return (
        struct.pack(">I", size)[1:]
        + bytes([chosen, rng.choice((0, 1, 4, 5, 0xFF))])
        + struct.pack(">I", stream)
        + payload
    )


Generator = Callable[[Random, Served, str], GrpcCase]
_WEIGHTS: Final[dict[Generator, float]] = {
    _valid: 5,
    _fields: 42,
    _bytes: 14,
    _wire_fields: 12,
    _flood: 3,
    _over_limit: 0.1,
    _metadata: 8,
    _methods: 9,
    _unknown_method: 2,
    _deadline: 2,
    _compressed: 1.5,
    _wire: 1.5,
}
