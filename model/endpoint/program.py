"""The start of a server process: settings, logging, and the end with one clear line when it cannot serve."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Final, TypeVar

import structlog
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from pydantic_settings import SettingsError as UnreadableSettings

from model.contract.errors import NextcloseError, SettingsError
from model.endpoint.flags import Flag, read_flags
from model.endpoint.log_limit import LogLimit

SettingsType = TypeVar("SettingsType", bound=BaseSettings)
LOG_LEVEL: Final = "NEXTCLOSE_LOG_LEVEL"
LOG_FORMAT: Final = "NEXTCLOSE_LOG_FORMAT"
ENDS_WITH_PARENT: Final = "NEXTCLOSE_ENDS_WITH_PARENT"  # set by the process that holds this one's standard input


def run(kind: type[SettingsType], serve: Callable[[SettingsType], None], flags: Sequence[Flag] = ()) -> None:
    """Reads the settings and serves; ends the process with status 1, or 2 for a wrong setting, when it cannot.

    Args:
        kind: the settings' class.
        serve: serves until a signal ends it; imports what takes time.
        flags: those of the command line that are settings.
    """
    # Until the server takes signals itself. The first process of a container has no default end by SIGTERM: without
    # this, one that still imports or loads would be waited for and then killed.
    signal.signal(signal.SIGTERM, _end)
    if os.environ.get(ENDS_WITH_PARENT):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        configure_logging(limited=True)
        given = read_flags(flags, sys.argv[1:])
        # KServe's SDK reads the command line too when it is imported, and ends the process by what it does not like.
        del sys.argv[1:]
        settings = read_settings(kind, given.names, **given.settings)
        if given.passed_over:
            structlog.get_logger().info("arguments without effect", arguments=given.passed_over)
        serve(settings)
    except SettingsError as error:
        sys.exit(_told(error, 2))
    except NextcloseError as error:
        sys.exit(_told(error, 1))


def _end(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _end_with_parent() -> None:
    # Standard input ends when the parent does, even when it is killed. Read below Python's buffers: a thread that
    # waits in them would keep the interpreter from ending.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _told(error: NextcloseError, status: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return status


def read_settings(kind: type[SettingsType], names: Mapping[str, str] | None = None, /, **given: object) -> SettingsType:
    """Reads a process's settings from the environment; what is given comes before.

    Args:
        kind: the settings' class.
        names: what the message calls a field that was given, e.g. a flag; else its variable is named.
        given: values by field; None is not given.

    Raises:
        SettingsError: a value cannot be used; names the variable, what was expected and what came.
    """
    try:
        return kind.model_validate({name: value for name, value in given.items() if value is not None})
    except (UnreadableSettings, ValidationError) as error:
        raise SettingsError(_setting_fault(kind, error, names or {})) from error


def _setting_fault(kind: type[BaseSettings], error: Exception, names: Mapping[str, str]) -> str:
    first = error.errors()[0] if isinstance(error, ValidationError) else None
    if first is None or not first["loc"]:
        # A value of several parts that could not be read at all; pydantic names the field in its text.
        reason = str(error) if first is None else str(first["msg"]).removeprefix("Value error, ")
        return f"{reason}: a list is written in JSON"
    name = str(first["loc"][0])
    prefix = str(kind.model_config.get("env_prefix", ""))
    variable = names.get(name) or (name if name.isupper() else f"{prefix}{name.upper()}")
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{variable}: {message}, got {str(first['input'])[:60]!r}"


def configure_logging(level: str | None = None, *, limited: bool = False) -> None:
    """Log to standard error: JSON lines, or readable ones on a terminal.

    Args:
        level: a name of `logging`; None takes NEXTCLOSE_LOG_LEVEL, else `info`.
        limited: limit the rate of lines, as a server needs whose clients cause them.

    Raises:
        SettingsError: no such level or format.
    """
    name = (level or os.environ.get(LOG_LEVEL, "info")).upper()
    number = logging.getLevelNamesMapping().get(name)
    if number is None:
        raise SettingsError(f"{LOG_LEVEL}: expected debug, info, warning or error, got {name.lower()!r}")
    style = os.environ.get(LOG_FORMAT, "console" if sys.stderr.isatty() else "json")
    if style not in {"console", "json"}:
        raise SettingsError(f"{LOG_FORMAT}: expected console or json, got {style!r}")
    limit = LogLimit()
    shared: list[structlog.typing.Processor] = [
        *([limit] if limited else []),
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso"),
    ]
    plain = style == "console"
    last = _console() if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, last] if plain else [*shared, structlog.processors.format_exc_info, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries' own records; the SDK would else install handlers of its own that write a line for each request.
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), format="%(name)s: %(message)s")
    if limited:
        for handler in logging.getLogger().handlers:
            handler.addFilter(limit)
    # It reports calls that clients cancel as errors; our own handlers let no exception through.
    logging.getLogger("grpc._cython.cygrpc").setLevel(logging.CRITICAL)
    logging.getLogger("kserve").addHandler(logging.NullHandler())


def _console() -> structlog.typing.Processor:
    """Readable lines: in colours on a terminal that has them, unless NO_COLOR says otherwise."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return structlog.dev.ConsoleRenderer()
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
