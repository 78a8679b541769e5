"""Loaded objects are excluded from garbage collection until they are replaced."""

import gc
import weakref

from model.endpoint.memory import settle


def test_existing_objects_are_frozen() -> None:
    before = gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_replaced_objects_are_collected() -> None:
    class Cyclic:
        def __init__(self) -> None:
            self.cycle = self

    cyclic = Cyclic()
    watched = weakref.ref(cyclic)
    try:
        settle()
        del cyclic
        settle()
        assert watched() is None
    finally:
        gc.unfreeze()
