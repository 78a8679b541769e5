import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from dashboard.responses import Forecast, StoredWindow, forecast_csv, response_json
from tests.unit.dashboard.answers import DOCUMENT


def test_forecast_is_parsed() -> None:
    found = Forecast.read(DOCUMENT)
    assert (found.forecast, found.naive, found.version, found.source) == (36.2, 36.19, DOCUMENT["model_version"], "csv")
    assert [found.interval(percent) for percent in (50, 80, 90)] == [(35.8, 36.5), (35.5, 36.9), (35.2, 37.2)]
    assert json.loads(response_json(found)) == DOCUMENT


def test_forecast_with_too_few_quantiles_is_refused() -> None:
    outputs = [{**one, "data": one["data"][:3]} for one in DOCUMENT["outputs"]]
    with pytest.raises(ValueError, match="expected 7 prices, got 3"):
        Forecast.read({**DOCUMENT, "outputs": outputs})


def test_csv_has_decimal_points_and_iso_dates() -> None:
    text = forecast_csv(Forecast.read(DOCUMENT), "PETR4.SA", date(2024, 12, 30), date(2025, 1, 2))
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["symbol"] == "PETR4.SA"
    assert (row["data_until"], row["target_session"]) == ("2024-12-30", "2025-01-02")
    assert [float(row[name]) for name in ("naive", "forecast", "q0.05", "q0.95")] == [36.19, 36.2, 35.2, 37.2]
    assert next(csv.DictReader(io.StringIO(forecast_csv(Forecast.read(DOCUMENT), "", None, None))))["data_until"] == ""


WINDOW: dict[str, Any] = {
    "symbol": "PETR4.SA", "source": "csv", "downloaded_at": "2024-12-30T22:00:00+00:00",
    "dates": [f"2024-{month}-{day:02d}" for month in (11, 12) for day in range(1, 31)],
    "close": [35.6] * 59 + [36.19], "data_until": "2024-12-30",
    "target_session": "2025-01-02", "sessions_behind": 1, "stale": False,
}  # fmt: skip


def test_window_is_parsed() -> None:
    window = StoredWindow.read(WINDOW)
    assert window.dates[-1] == date(2024, 12, 30)
    assert (window.target, window.sessions_behind, window.stale) == (date(2025, 1, 2), 1, False)
    with pytest.raises(KeyError):
        StoredWindow.read({"symbol": "PETR4.SA"})


@pytest.mark.parametrize(
    "changed",
    [
        {"close": WINDOW["close"][1:]}, {"dates": WINDOW["dates"][1:]}, {"close": [0.0] * 60}, {"close": None},
        {"downloaded_at": "2024-12-30T22:00:00"}, {"dates": ["x"] * 60}, {"sessions_behind": None},
    ],
)  # fmt: skip
def test_invalid_window_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        StoredWindow.read({**WINDOW, **changed})
