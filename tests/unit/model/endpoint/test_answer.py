"""Reading a body up to a limit, and the id of a request."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from model.contract.errors import TooLargeError
from model.endpoint.answer import read_body
from model.endpoint.replies import request_id


def _read(chunks: list[bytes], announced: str | None, limit: int) -> tuple[bytes, int]:
    taken = 0

    async def come() -> AsyncIterator[bytes]:
        nonlocal taken
        for chunk in chunks:
            taken += 1
            yield chunk

    return asyncio.run(read_body(come(), announced, limit)), taken


@pytest.mark.parametrize("announced", [None, "6", "nonsense", "-1"])
def test_a_body_up_to_the_limit(announced: str | None) -> None:
    assert _read([b"abc", b"", b"def"], announced, 6) == (b"abcdef", 3)


def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    with pytest.raises(TooLargeError, match="body: expected at most 4 bytes, got more"):
        _read([b"abc", b"def", b"ghi"], None, 4)


def test_an_announced_body_over_the_limit_is_not_read_at_all() -> None:
    with pytest.raises(TooLargeError, match="body: expected at most 4 bytes, got 5"):
        _read([], "5", 4)


@pytest.mark.parametrize("bad", [None, "", "two words", "a\nb", "x" * 129, "ação"])
def test_the_first_id_that_can_stand_in_a_header(bad: str | None) -> None:
    assert request_id(bad, "good") == "good"
    assert len(request_id(bad)) == 32
    assert request_id(bad) != request_id(bad)
