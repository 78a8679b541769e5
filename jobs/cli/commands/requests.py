"""The commands `forecast` (request a forecast) and `request` (print a request to send)."""

from datetime import datetime
from typing import Annotated

import numpy as np
import typer

from jobs.cli.json_output import write_document
from jobs.cli.options import Json, Symbol, Url, Verbose
from jobs.cli.request_formats import RequestFormat, format_request
from jobs.cli.terminal import print_result, print_status
from jobs.settings import JobsSettings
from jobs.v2_client import format_forecast, request_forecast
from model.contract.errors import NotEnoughDataError, SettingsError
from model.contract.window import WINDOW
from model.endpoint.program import read_settings
from model.prices.series import PriceSeries
from model.prices.store import PriceStore
from model.protocol.request_documents import window_request

_URL = "http://127.0.0.1:8080"


def forecast(
    symbol: Symbol = None,
    url: Url = _URL,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for the answer.")] = 10.0,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Request the forecast of a symbol's next close, with its intervals."""
    settings = read_settings(JobsSettings)
    answer = request_forecast(url.rstrip("/"), settings.model_name, symbol or settings.symbols[0], timeout)
    print_result(format_forecast(answer))
    write_document(answer)


def request(
    symbol: Symbol = None,
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last session of the window.", show_default="the last stored session"),
    ] = None,
    form: Annotated[RequestFormat, typer.Option("--as", help="Format of the request.")] = RequestFormat.JSON,
    url: Url = _URL,
    grpc_address: Annotated[
        str, typer.Option("--grpc", help="gRPC address of the service, as host:port.")
    ] = "127.0.0.1:8081",
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Print a V2 request for any window of 60 stored closes.

    The actual next close is printed to standard error if it is known.
    """
    settings = read_settings(JobsSettings)
    series = PriceStore(settings.store).read(symbol or settings.symbols[0])
    end = _end_of_window(series, date)
    closes = series.adjusted[end + 1 - WINDOW : end + 1].tolist()
    known = end + 1 < len(series)
    text = format_request(closes, form, url=url.rstrip("/"), grpc_address=grpc_address, model=settings.model_name)
    print_status(
        f"{series.symbol}, {WINDOW} closes until {series.dates[end]}; next close: "
        + (f"{series.adjusted[end + 1]:.10g} on {series.dates[end + 1]}" if known else "not known yet")
    )
    print_result(text)
    write_document(
        {
            "symbol": series.symbol,
            "until": str(series.dates[end]),
            "next_session": str(series.dates[end + 1]) if known else None,
            "next_close": float(series.adjusted[end + 1]) if known else None,
            "as": form.value,
            "request": window_request(closes) if form is RequestFormat.JSON else text,
        }
    )


def _end_of_window(series: PriceSeries, date: datetime | None) -> int:
    if len(series) < WINDOW:
        raise NotEnoughDataError(f"{series.symbol}: expected {WINDOW} stored closes, got {len(series)}")
    if date is None:
        return len(series) - 1
    day = np.datetime64(date.date())
    end = int(np.searchsorted(series.dates, day))
    first = series.dates[WINDOW - 1]
    if end == len(series) or series.dates[end] != day:
        raise SettingsError(
            f"--date: expected a session with a stored close of {series.symbol} "
            f"({series.first} to {series.last}), got {day}"
        )
    if end < WINDOW - 1:
        raise SettingsError(f"--date: expected {WINDOW} closes up to the date, so {first} or later; got {day}")
    return end
