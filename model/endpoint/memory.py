"""Memory of a process that has loaded what it serves."""

import ctypes
import gc


def settle() -> None:
    """Lets the collector never again walk through what is there now, and gives the pages that loading used back."""
    gc.unfreeze()  # or what was there before and has been replaced would stay for ever
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; others have none
    if trim is not None:
        trim(0)
