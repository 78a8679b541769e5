"""Ids of requests without one."""

import re

from model.protocol.tensors import new_id


def test_ids_are_32_hexadecimal_digits_and_unique() -> None:
    ids = [new_id() for _ in range(2000)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert len(set(ids)) == len(ids)
