from collections.abc import Callable

import numpy as np
import pytest

from model.contract.errors import TrainingError
from model.evaluation.forecasts import Forecasts, align, concatenate, same_points


def make_forecasts(symbols: list[str], days: list[int], last: float = 10.0) -> Forecasts:
    n = len(symbols)
    return Forecasts(
        symbol=np.array(symbols),
        date=np.datetime64("2024-01-01") + np.array(days),
        last=np.full(n, last),
        actual=last + np.arange(n, dtype=np.float64),
        quantiles=last + np.tile(np.linspace(-1.0, 1.0, 7), (n, 1)),
    )


def test_point_forecast_is_the_median() -> None:
    forecasts = make_forecasts(["A", "A"], [0, 1])
    assert np.array_equal(forecasts.point, forecasts.quantiles[:, 3])


def test_points_are_selected_by_symbol_and_date() -> None:
    forecasts = make_forecasts(["B", "A", "B"], [0, 0, 1])
    assert forecasts.symbols == ("A", "B")
    assert len(forecasts.dates) == 2
    assert forecasts.of_symbol("B").actual.tolist() == [10.0, 12.0]
    day = np.datetime64("2024-01-02")
    assert forecasts.between(day, day).actual.tolist() == [12.0]
    assert len(forecasts.of_symbol("C")) == 0


def test_ordered_sorts_by_symbol_then_date() -> None:
    forecasts = make_forecasts(["B", "A", "B", "A"], [1, 1, 0, 0]).ordered()
    assert forecasts.symbol.tolist() == ["A", "A", "B", "B"]
    assert forecasts.actual.tolist() == [13.0, 11.0, 12.0, 10.0]


def test_concatenate_joins_and_refuses_repeated_points() -> None:
    a, b = make_forecasts(["A", "A"], [0, 1]), make_forecasts(["B"], [0])
    assert concatenate([a, b]).symbols == ("A", "B")
    with pytest.raises(TrainingError, match=r"A at 2024-01-01 twice"):
        concatenate([a, a])
    with pytest.raises(TrainingError, match="at least one part"):
        concatenate([])


def test_align_keeps_shared_points_in_the_same_order() -> None:
    a = make_forecasts(["A", "A", "B"], [0, 1, 1])
    b = a.take(np.array([2, 1]))
    x, y = align(a, b)
    assert x.symbol.tolist() == y.symbol.tolist() == ["A", "B"]
    assert x.actual.tolist() == y.actual.tolist() == [11.0, 12.0]
    assert not same_points(a, b)
    assert same_points(x, b)


def test_align_refuses_different_closes_and_no_shared_points() -> None:
    with pytest.raises(TrainingError, match=r"field 'last'.* A at 2024-01-01"):
        align(make_forecasts(["A"], [0]), make_forecasts(["A"], [0], last=11.0))
    with pytest.raises(TrainingError, match="points that both have in common"):
        align(make_forecasts(["A"], [0]), make_forecasts(["B"], [0]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: {"date": f.date[:1]}, r"field 'date': expected shape \(2,\), got \(1,\)"),
        (lambda f: {"quantiles": f.quantiles[:, :6]}, r"field 'quantiles': expected shape \(2, 7\), got \(2, 6\)"),
        (lambda f: {"last": f.last * 0.0}, "field 'last': expected finite prices above zero"),
        (lambda f: {"actual": f.actual * np.nan}, "field 'actual': expected finite prices above zero"),
        (lambda f: {"quantiles": f.quantiles[:, ::-1]}, "do not decrease with the level"),
    ],
)
def test_invalid_forecasts_are_refused(change: Callable[[Forecasts], dict[str, np.ndarray]], message: str) -> None:
    good = make_forecasts(["A", "A"], [0, 1])
    fields = {name: getattr(good, name) for name in ("symbol", "date", "last", "actual", "quantiles")}
    with pytest.raises(TrainingError, match=message):
        Forecasts(**(fields | change(good)))
