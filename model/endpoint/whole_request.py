"""Inference requests that have come as a whole, told by their head alone; whatever is in doubt is read as any other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_END: Final = b"\r\n\r\n"
_LONGEST: Final = 4096  # of the heads that are remembered
_NAME: Final = rb"[A-Za-z0-9._~-]+"  # of a model or version: as it is, nothing that a URL would encode
_FIELD: Final = rb"([A-Za-z0-9!#$%&'*+.^_`|~-]+): ?((?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?)\r\n"
_HEAD: Final = re.compile(
    rb"POST /v2/models/(" + _NAME + rb")(?:/versions/(" + _NAME + rb"))?/infer HTTP/1\.1\r\n((?:" + _FIELD + rb")+)\r\n"
)
_FIELDS: Final = re.compile(_FIELD)
_LENGTH: Final = re.compile(r"[0-9]{1,9}")
# What makes the end of a request, or of its connection, another than its length says.
_OTHERWISE: Final = frozenset({"transfer-encoding", "expect", "upgrade", "proxy-connection"})


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body of an inference request by V2.

    Attributes:
        path: model name and version (None: the current one).
        headers: names in lower case; of one that is given twice the first.
        size: of the head itself, in bytes.
        length: of the body, in bytes.
    """

    path: tuple[str, str | None]
    headers: Mapping[str, str]
    size: int
    length: int


def whole_request(data: bytes) -> Head | None:
    """The head of the inference request that `data` is, all of it and nothing else; None where it is not."""
    end = data.find(_END, 0, _LONGEST)
    head = _read(data[: end + len(_END)]) if end > 0 else None
    return head if head is not None and len(data) == head.size + head.length else None


# Of most clients the heads of all requests are the same, but for the length.
@lru_cache(maxsize=256)
def _read(head: bytes) -> Head | None:
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    pairs = [(name.decode().lower(), value.decode()) for name, value in _FIELDS.findall(found[3])]
    headers = dict(reversed(pairs))
    lengths = [value for name, value in pairs if name == "content-length"]
    connections = {value.lower() for name, value in pairs if name == "connection"}
    plain = not _OTHERWISE & headers.keys() and connections <= {"keep-alive"}
    if not plain or len(lengths) != 1 or not _LENGTH.fullmatch(lengths[0]):
        return None
    version = None if found[2] is None else found[2].decode()
    return Head((found[1].decode(), version), MappingProxyType(headers), len(head), int(lengths[0]))
