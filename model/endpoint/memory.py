"""Memory of server processes: garbage collection, and return of freed memory to the operating system."""

import ctypes
import gc
from typing import Final

# With Python's default of 700 new objects, the garbage collector would run every few requests.
_NEW_OBJECTS: Final = 20_000
# Parameter of glibc's `mallopt`: blocks of at least this size are returned to the operating system when they are freed.
# By default this threshold grows with the largest block, and the process would keep the memory of large requests.
_M_MMAP_THRESHOLD: Final = -3
_RETURNED_BYTES: Final = 256 * 2**10


def freeze_and_trim() -> None:
    """Freeze existing objects out of garbage collection and return freed memory to the operating system."""
    gc.unfreeze()  # so that objects replaced since the last call are collected
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    return_large_blocks()
    return_free_memory()


def return_large_blocks() -> None:
    """Return large blocks to the operating system as soon as they are freed; only with glibc."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_MMAP_THRESHOLD, _RETURNED_BYTES)


def return_free_memory() -> None:
    """Return freed memory to the operating system; only with glibc."""
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
