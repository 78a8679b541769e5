"""Flags that KServe gives to a server's container, and the settings that they are. Both roles read them here.

KServe injects `--model_name`, `--predictor_host`, `--http_port` and others, in the form of its own SDK. A flag comes
before the environment; one that means nothing to this server is passed over, because another release of KServe may
inject another.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import urlsplit

from model.contract.errors import SettingsError


def _predictor_url(value: str) -> str:
    """`HOST` or `HOST:PORT`, as KServe writes it, as an address; without a port it is HTTP's."""
    try:
        address = urlsplit(f"//{value}")
        # Also read for its check: a port that is no number raises.
        found = bool(address.hostname) and address.port != 0 and address.netloc == value and "@" not in value
    except ValueError:
        found = False
    if not found or any(character.isspace() for character in value):
        raise SettingsError(f"--predictor_host: expected HOST or HOST:PORT, got {value[:60]!r}")
    return f"http://{value}"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag and the setting that it is.

    Attributes:
        name: with its dashes. setting: name of a settings field. read: the field's value from the flag's.
    """

    name: str
    setting: str
    read: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line said.

    Attributes:
        settings: values by field. names: the flag that gave each field. passed_over: arguments without a meaning here.
    """

    settings: dict[str, str]
    names: dict[str, str]
    passed_over: tuple[str, ...]


_SERVER: Final = (
    Flag("--model_name", "model_name"),
    Flag("--model_dir", "models"),
    Flag("--http_port", "port"),
    Flag("--grpc_port", "grpc_port"),
)
PREDICTOR_FLAGS: Final = _SERVER
TRANSFORMER_FLAGS: Final = (
    *_SERVER,
    Flag("--predictor_host", "predictor_url", _predictor_url),
    Flag("--predictor_request_timeout_seconds", "request_timeout"),
    Flag("--predictor_request_retries", "predictor_retries"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message.removeprefix("argument "))


def read_flags(flags: Sequence[Flag], arguments: Sequence[str]) -> Given:
    """Reads a server's command line.

    Args:
        flags: those that the server has.
        arguments: without the program's name.

    Raises:
        SettingsError: a flag has no value, or one that is no address where one is expected.
    """
    parser = _Parser(
        allow_abbrev=False,
        description="Every setting is a variable of the environment; these flags come before them.",
    )
    for flag in flags:
        parser.add_argument(flag.name, dest=flag.setting, metavar="VALUE")
    known, rest = parser.parse_known_args(arguments)
    values = vars(known)
    used = [flag for flag in flags if values[flag.setting] is not None]
    return Given(
        settings={flag.setting: flag.read(values[flag.setting]) for flag in used},
        names={flag.setting: flag.name for flag in used},
        passed_over=tuple(rest),
    )
