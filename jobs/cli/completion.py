"""Shell completion of versions and symbols that are stored on this machine.

Object stores are not queried: completion must not wait for the network, nor cost anything.
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
    """Complete the name of a published version, newest first."""
    return _matching(_versions, incomplete)


def complete_symbol(incomplete: str) -> list[str]:
    """Complete a symbol from the settings or the price store."""
    return _matching(_symbols, incomplete)


def _versions(settings: JobsSettings) -> list[str]:
    if is_object_store(settings.models):
        return []
    return LocalRegistry(Path(settings.models), settings.model_name).versions()[::-1]


def _symbols(settings: JobsSettings) -> list[str]:
    stored = [] if is_object_store(settings.store) else PriceStore(settings.store).symbols()
    return list(dict.fromkeys([*settings.symbols, *stored]))


def _matching(names_of: Callable[[JobsSettings], list[str]], incomplete: str) -> list[str]:
    try:
        names = names_of(read_settings(JobsSettings))
    except (NextcloseError, OSError):
        return []  # the command itself reports the error
    return [name for name in names if name.startswith(incomplete)]
