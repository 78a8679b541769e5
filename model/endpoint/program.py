"""Start of a server process: settings, logging, exit status and error message."""

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
EXIT_WITH_PARENT: Final = "NEXTCLOSE_ENDS_WITH_PARENT"  # set by a parent that owns this process's standard input


def run(kind: type[SettingsType], serve: Callable[[SettingsType], None], flags: Sequence[Flag] = ()) -> None:
    """Read the settings and serve. On an error, print one line and exit with status 1, or 2 for an invalid setting.

    Args:
        kind: Class of the settings.
        serve: Serves until a signal; it should import slow modules itself.
        flags: Command-line flags that are settings.
    """
    # Until the server handles signals itself. The first process of a container ignores SIGTERM by default, so that a
    # process that is still importing or loading would be killed only after the grace period.
    signal.signal(signal.SIGTERM, _exit)
    if os.environ.get(EXIT_WITH_PARENT):
        threading.Thread(target=_exit_with_parent, daemon=True).start()
    try:
        configure_logging(limited=True)
        given = read_flags(flags, sys.argv[1:])
        # The KServe SDK parses the command line when it is imported, and exits if it finds an unknown argument.
        del sys.argv[1:]
        settings = read_settings(kind, given.names, **given.settings)
        if given.ignored_arguments:
            structlog.get_logger().info("ignoring unknown arguments", arguments=given.ignored_arguments)
        serve(settings)
    except SettingsError as error:
        sys.exit(_report(error, 2))
    except NextcloseError as error:
        sys.exit(_report(error, 1))


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _exit_with_parent() -> None:
    # Standard input is closed when the parent exits, even if it is killed. `os.read`, because a thread blocked in
    # `sys.stdin.read` would keep the interpreter from exiting.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _report(error: NextcloseError, status: int) -> int:
    sys.stderr.write(f"error: {error}\n")
    return status


def read_settings(kind: type[SettingsType], names: Mapping[str, str] | None = None, /, **given: object) -> SettingsType:
    """Read the settings of a process from arguments and the environment; arguments take precedence.

    Args:
        kind: Class of the settings.
        names: Names of the given fields in error messages, e.g. of flags; the default is the name of the variable.
        given: Values by field; None values are ignored.

    Raises:
        SettingsError: A value is invalid; the message names the variable, the expected and the actual value.
    """
    try:
        return kind.model_validate({name: value for name, value in given.items() if value is not None})
    except (UnreadableSettings, ValidationError) as error:
        raise SettingsError(_invalid_setting(kind, error, names or {})) from error


def _invalid_setting(kind: type[BaseSettings], error: Exception, names: Mapping[str, str]) -> str:
    first = error.errors()[0] if isinstance(error, ValidationError) else None
    if first is None or not first["loc"]:
        # A list or object that cannot be parsed; pydantic names the field in its message.
        reason = str(error) if first is None else str(first["msg"]).removeprefix("Value error, ")
        return f"{reason}: expected JSON for a list"
    name = str(first["loc"][0])
    prefix = str(kind.model_config.get("env_prefix", ""))
    variable = names.get(name) or (name if name.isupper() else f"{prefix}{name.upper()}")
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{variable}: {message}, got {str(first['input'])[:60]!r}"


def configure_logging(level: str | None = None, *, limited: bool = False) -> None:
    """Log to standard error, as JSON lines or, on a terminal, as readable text.

    Args:
        level: Name of a level of `logging`; None means NEXTCLOSE_LOG_LEVEL, or `info` if it is not set.
        limited: Limit the rate of lines. A server needs this, because clients can cause log lines.

    Raises:
        SettingsError: The level or the format is unknown.
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
    # Records of libraries. Without this, the KServe SDK would install handlers that log every request.
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), format="%(name)s: %(message)s")
    if limited:
        for handler in logging.getLogger().handlers:
            handler.addFilter(limit)
    # gRPC logs calls that clients cancel as errors; exceptions in our handlers never reach it.
    logging.getLogger("grpc._cython.cygrpc").setLevel(logging.CRITICAL)
    logging.getLogger("kserve").addHandler(logging.NullHandler())


def _console() -> structlog.typing.Processor:
    """Render readable lines, with colours if the terminal supports them and NO_COLOR is not set."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return structlog.dev.ConsoleRenderer()
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
