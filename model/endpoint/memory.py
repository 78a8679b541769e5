"""Memory of server processes."""

import ctypes
import gc
from typing import Final

# With Python's default of 700 new objects, the garbage collector would run every few requests.
_NEW_OBJECTS: Final = 20_000
# glibc's `mallopt`: blocks of at least this size are returned to the operating system when they are freed. Without it
# the threshold grows with the largest block so far, and what large requests used would stay with the process.
_M_MMAP_THRESHOLD: Final = -3
_RETURNED_BYTES: Final = 256 * 2**10


def settle() -> None:
    """Freeze existing objects out of garbage collection and return freed memory to the operating system."""
    gc.unfreeze()  # or objects that were replaced since the last call would stay for ever
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    return_large_blocks()
    return_free_memory()


def return_large_blocks() -> None:
    """Return large blocks to the operating system as soon as they are freed, where the C library can (glibc)."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_MMAP_THRESHOLD, _RETURNED_BYTES)


def return_free_memory() -> None:
    """Return freed memory to the operating system, where the C library can (glibc)."""
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
