"""Memory of a process that has loaded what it serves."""

import ctypes
import gc
from typing import Final

# Between two looks for cycles: those of some hundred requests that are being answered. With Python's 700 a look is
# taken every few requests, and finds that they are still being answered.
_NEW_OBJECTS: Final = 20_000


def settle() -> None:
    """Lets the collector never again walk through what is there now, and gives the pages that loading used back."""
    gc.unfreeze()  # or what was there before and has been replaced would stay for ever
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; others have none
    if trim is not None:
        trim(0)
