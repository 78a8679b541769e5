"""Human-readable values in Grafana's units."""

import pytest

from benchmarks.dashboards.units import format_value


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.0, "short", "3"),
        (12345.0, "short", "12,345"),
        (0.1234, "short", "0.123"),
        (0.0123, "s", "12.3 ms"),
        (0.0, "s", "0 s"),
        (90.0, "s", "1.5 min"),
        (45 * 86400.0, "s", "45 d"),
        (0.995, "percentunit", "99.5 %"),
        (310 * 2.0**20, "bytes", "310 MiB"),
        (12.34, "reqps", "12.3 req/s"),
        (1.5, "suffix: cores", "1.5 cores"),
        (1764028800000.0 + 43200000.0, "time:YYYY-MM-DD", "2025-11-25"),
        (1764028800000.0, "dateTimeAsIso", "2025-11-25 00:00:00"),
        (float("nan"), "s", "none"),
    ],
)
def test_value_is_written_in_its_unit(value: float, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


def test_unknown_unit_is_an_error() -> None:
    with pytest.raises(KeyError):
        format_value(1.0, "furlongs")
