"""Command-line flags that KServe passes to the containers of both roles, and their settings.

KServe injects `--model_name`, `--predictor_host`, `--http_port` and others, as its SDK defines them. Flags override the
environment. Unknown flags are ignored, because other releases of KServe may inject additional ones.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import urlsplit

from model.contract.errors import SettingsError


def _predictor_url(value: str) -> str:
    """Convert `HOST` or `HOST:PORT` to a URL; the default port is that of HTTP."""
    try:
        address = urlsplit(f"//{value}")
        # `port` raises ValueError if it is not a number.
        valid = bool(address.hostname) and address.port != 0 and address.netloc == value and "@" not in value
    except ValueError:
        valid = False
    if not valid or any(character.isspace() for character in value):
        raise SettingsError(f"--predictor_host: expected HOST or HOST:PORT, got {value[:60]!r}")
    return f"http://{value}"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag and its setting.

    Attributes:
        name: Name of the flag, with dashes.
        setting: Name of the settings field.
        read: Converts the value of the flag to the value of the setting.
    """

    name: str
    setting: str
    read: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class ParsedFlags:
    """A parsed command line.

    Attributes:
        settings: Values by settings field.
        names: Names of the flags by settings field.
        ignored_arguments: Unknown arguments, which are ignored.
    """

    settings: dict[str, str]
    names: dict[str, str]
    ignored_arguments: tuple[str, ...]


_COMMON_FLAGS: Final = (
    Flag("--model_name", "model_name"),
    Flag("--model_dir", "models"),
    Flag("--http_port", "port"),
    Flag("--grpc_port", "grpc_port"),
)
PREDICTOR_FLAGS: Final = _COMMON_FLAGS
TRANSFORMER_FLAGS: Final = (
    *_COMMON_FLAGS,
    Flag("--predictor_host", "predictor_url", _predictor_url),
    Flag("--predictor_request_timeout_seconds", "request_timeout"),
    Flag("--predictor_request_retries", "predictor_retries"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message.removeprefix("argument "))


def read_flags(flags: Sequence[Flag], arguments: Sequence[str]) -> ParsedFlags:
    """Parse the command line of a server.

    Args:
        flags: Flags of the server.
        arguments: Command line without the name of the program.

    Raises:
        SettingsError: A flag has no value, or an invalid one.
    """
    parser = _Parser(
        allow_abbrev=False,
        description="All settings are environment variables; these flags override them.",
    )
    for flag in flags:
        parser.add_argument(flag.name, dest=flag.setting, metavar="VALUE")
    known, rest = parser.parse_known_args(arguments)
    values = vars(known)
    used = [flag for flag in flags if values[flag.setting] is not None]
    return ParsedFlags(
        settings={flag.setting: flag.read(values[flag.setting]) for flag in used},
        names={flag.setting: flag.name for flag in used},
        ignored_arguments=tuple(rest),
    )
