"""What a shell completes beside the names of commands and options: versions and symbols that lie on this machine.

An object store is not asked: a key that is pressed should not wait for a network, nor cost anything.
"""

from collections.abc import Callable
from pathlib import Path

from jobs.settings import JobsSettings
from model.artefact.local_registry import LocalRegistry
from model.contract.errors import NextcloseError
from model.endpoint.program import read_settings
from model.prices.store import PriceStore
from model.storage.files import is_object_store


def complete_version(incomplete: str) -> list[str]:
    """Published versions that begin so, newest first."""
    return _found(_versions, incomplete)


def complete_symbol(incomplete: str) -> list[str]:
    """Symbols of the settings and of the price store that begin so."""
    return _found(_symbols, incomplete)


def _versions(settings: JobsSettings) -> list[str]:
    if is_object_store(settings.models):
        return []
    return LocalRegistry(Path(settings.models), settings.model_name).versions()[::-1]


def _symbols(settings: JobsSettings) -> list[str]:
    stored = [] if is_object_store(settings.store) else PriceStore(settings.store).symbols()
    return list(dict.fromkeys([*settings.symbols, *stored]))


def _found(look: Callable[[JobsSettings], list[str]], incomplete: str) -> list[str]:
    try:
        names = look(read_settings(JobsSettings))
    except (NextcloseError, OSError):
        return []  # the command itself will say what is wrong
    return [name for name in names if name.startswith(incomplete)]
