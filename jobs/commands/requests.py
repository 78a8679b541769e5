"""`forecast` asks the service; `request` writes a request for others to send."""

from datetime import datetime
from typing import Annotated

import numpy as np
import typer

from jobs.document import give
from jobs.options import Json, Symbol, Url, Verbose
from jobs.request_forms import Form, written
from jobs.settings import JobsSettings
from jobs.terminal import show, tell
from jobs.v2_client import answer_text, ask
from model.contract.errors import NotEnoughDataError, SettingsError
from model.contract.window import WINDOW
from model.endpoint.program import read_settings
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from model.protocol.forecast_request import window_request

_URL = "http://127.0.0.1:8080"


def forecast(
    symbol: Symbol = None,
    url: Url = _URL,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for the answer.")] = 10.0,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Ask the running service for the next close of a symbol, with its intervals."""
    settings = read_settings(JobsSettings)
    answer = ask(url.rstrip("/"), settings.model_name, symbol or settings.symbols[0], timeout)
    show(answer_text(answer))
    give(answer)


def request(
    symbol: Symbol = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last session of the window.", show_default="the last one stored"),
    ] = None,
    form: Annotated[Form, typer.Option("--as", help="What to write.")] = Form.JSON,
    url: Url = _URL,
    grpc_address: Annotated[str, typer.Option("--grpc", help="Where the service answers gRPC.")] = "127.0.0.1:8081",
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write a V2 request for any 60-day window of stored closes; the true next close, where known, goes beside it."""
    settings = read_settings(JobsSettings)
    series = PriceStore(settings.store).read(symbol or settings.symbols[0])
    end = _position(series, date)
    closes = series.adjusted[end + 1 - WINDOW : end + 1].tolist()
    known = end + 1 < len(series)
    text = written(closes, form, url=url.rstrip("/"), grpc_address=grpc_address, model=settings.model_name)
    tell(
        f"{series.symbol}, {WINDOW} closes until {series.dates[end]}; next close: "
        + (f"{series.adjusted[end + 1]:.10g} on {series.dates[end + 1]}" if known else "not known yet")
    )
    show(text)
    give(
        {
            "symbol": series.symbol,
            "until": str(series.dates[end]),
            "next_session": str(series.dates[end + 1]) if known else None,
            "next_close": float(series.adjusted[end + 1]) if known else None,
            "as": form.value,
            "request": window_request(closes) if form is Form.JSON else text,
        }
    )


def _position(series: PriceSeries, date: datetime | None) -> int:
    if len(series) < WINDOW:
        raise NotEnoughDataError(f"{series.symbol}: expected {WINDOW} stored closes, got {len(series)}")
    if date is None:
        return len(series) - 1
    day = np.datetime64(date.date())
    end = int(np.searchsorted(series.dates, day))
    first = series.dates[WINDOW - 1]
    if end == len(series) or series.dates[end] != day:
        raise SettingsError(
            f"--date: {day} has no close of {series.symbol} (stored: {series.first} to {series.last}, sessions only)"
        )
    if end < WINDOW - 1:
        raise SettingsError(f"--date: {day} has fewer than {WINDOW} closes until then; the first possible is {first}")
    return end
