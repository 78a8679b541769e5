"""Human-readable values in the units of the panels."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

_TIMES: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_BYTES: Final = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"))
_SUFFIX: Final = "suffix:"


def format_value(value: float, unit: str) -> str:
    """Format a value in one of Grafana's units.

    Raises:
        KeyError: The unit is not supported, because none of the dashboards used it so far.
    """
    if math.isnan(value):
        return "none"
    if unit.startswith(_SUFFIX):
        return f"{_rate(value)}{unit.removeprefix(_SUFFIX)}"
    return _WRITERS[unit](value)


def axis_label(unit: str) -> str:
    """The label of a unit on an axis; empty if the formatted values contain the unit."""
    if unit.startswith(_SUFFIX):
        return unit.removeprefix(_SUFFIX).strip()
    return {"reqps": "requests/s", "short": ""}.get(unit, "")


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:.3g}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _seconds(value: float) -> str:
    return _scaled(value, _TIMES, "s")


def _bytes(value: float) -> str:
    return _scaled(value, _BYTES, "B")


def _scaled(value: float, scales: tuple[tuple[float, str], ...], least: str) -> str:
    for scale, name in scales:
        if abs(value) >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value:.3g} {least}"


def _moment(value: float) -> str:
    return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _day(value: float) -> str:
    return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d}"


_WRITERS: Final[dict[str, Callable[[float], str]]] = {
    "short": _short,
    "s": _seconds,
    "bytes": _bytes,
    "percentunit": lambda value: f"{value * 100:.3g} %",
    "reqps": lambda value: f"{_rate(value)} req/s",
    "dateTimeAsIso": _moment,
    "time:YYYY-MM-DD": _day,
}
