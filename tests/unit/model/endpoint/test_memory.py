"""Loaded objects are excluded from garbage collection until they are replaced."""

import gc
import weakref

from model.endpoint.memory import freeze_and_trim


def test_existing_objects_are_frozen() -> None:
    before = gc.get_freeze_count()
    try:
        freeze_and_trim()
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
        freeze_and_trim()
        del cyclic
        freeze_and_trim()
        assert watched() is None
    finally:
        gc.unfreeze()
