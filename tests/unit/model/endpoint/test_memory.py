"""What is loaded is left alone by the collector."""

import gc
import weakref

from model.endpoint.memory import settle


def test_what_is_there_is_frozen() -> None:
    before = gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_what_was_replaced_goes() -> None:
    class Cyclic:
        def __init__(self) -> None:
            self.own = self

    cyclic = Cyclic()
    watched = weakref.ref(cyclic)
    try:
        settle()
        del cyclic
        settle()
        assert watched() is None
    finally:
        gc.unfreeze()
