"""Client of the service for the command line: forecasts by symbol over V2."""

from dataclasses import asdict, dataclass
from datetime import date

import httpx

from model.contract import names
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    UnavailableError,
    UnknownSymbolError,
)
from model.contract.levels import INTERVALS, interval
from model.protocol.client import read_response
from model.protocol.request_documents import symbol_request
from model.protocol.rest import HEADER_LENGTH


@dataclass(frozen=True, slots=True)
class SymbolForecast:
    """Forecast of a symbol's next close.

    Attributes:
        symbol: Requested symbol.
        forecast: Median, in price units.
        naive: Last stored close, in price units.
        quantiles: Quantiles at `levels.LEVELS`, in price units.
        data_until: Session of the last stored close.
        target_session: Session that is forecast.
        stale: Whether stored closes are more than one session old.
        version: Version that answered.
        source: Source of the training prices.
    """

    symbol: str
    forecast: float
    naive: float
    quantiles: tuple[float, ...]
    data_until: date
    target_session: date
    stale: bool
    version: str
    source: str

    def to_dict(self) -> dict[str, object]:
        """The fields for JSON, and the intervals by percent."""
        intervals = {str(percent): self.interval(percent) for percent in INTERVALS}
        return {**asdict(self), "intervals": intervals}

    def interval(self, percent: int) -> tuple[float, float]:
        """Lower and upper bound of a central interval, in price units.

        Args:
            percent: 50, 80 or 90.
        """
        return interval(self.quantiles, percent)


def request_forecast(url: str, model: str, symbol: str, timeout: float) -> SymbolForecast:
    """Request the forecast of a symbol's next close.

    Args:
        url: HTTP address of the service.
        model: Name of the model.
        symbol: Symbol in the service's price store.
        timeout: Seconds to wait for the answer.

    Raises:
        UnavailableError: There is no answer, or the server is not ready or is not this service.
        DeadlineExceededError: The answer did not arrive in time.
        UnknownSymbolError: The service has no prices of the symbol.
        InvalidInputError: The service refused the request.
    """
    try:
        response = httpx.post(
            f"{url}/v2/models/{model}/infer", json=symbol_request(symbol), timeout=timeout, trust_env=False
        )
    except httpx.TimeoutException as error:
        raise DeadlineExceededError(f"{url}: no answer within {timeout:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"{url}: the service does not answer ({error}); start it with `nextclose serve`"
        ) from error
    if response.status_code != httpx.codes.OK:
        raise _error_of(url, response)
    try:
        return _answer(symbol, response)
    except (InvalidInputError, LookupError, TypeError, ValueError) as error:
        raise UnavailableError(f"{url}: the answer is not a forecast by symbol of this release") from error


def _answer(symbol: str, response: httpx.Response) -> SymbolForecast:
    document, outputs = read_response(response.content, response.headers.get(HEADER_LENGTH))
    return SymbolForecast(
        symbol=symbol,
        forecast=float(outputs[names.FORECAST][0]),
        naive=float(outputs[names.NAIVE][0]),
        quantiles=tuple(float(value) for value in outputs[names.QUANTILES][0]),
        data_until=date.fromisoformat(outputs[names.DATA_UNTIL][0]),
        target_session=date.fromisoformat(outputs[names.TARGET_SESSION][0]),
        stale=bool(outputs[names.STALE][0]),
        version=document["model_version"],
        source=document.get("parameters", {}).get(names.SOURCE, "unknown"),
    )


def _error_of(url: str, response: httpx.Response) -> NextcloseError:
    try:
        reason = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        reason = f"status {response.status_code}"
    kind: type[NextcloseError] = UnavailableError
    if response.status_code == httpx.codes.BAD_REQUEST:
        kind = InvalidInputError
    elif response.status_code == httpx.codes.NOT_FOUND and reason.startswith(f"input '{names.SYMBOL}'"):
        kind = UnknownSymbolError  # and not an unknown model or path
    return kind(f"{url}: {reason}")


def format_forecast(answer: SymbolForecast) -> str:
    """Format an answer as text."""
    lines = [
        f"{answer.symbol}, close of {answer.data_until}: {answer.naive:.2f}" + (", STALE" if answer.stale else ""),
        f"next close (session of {answer.target_session}):",
        f"  forecast       {answer.forecast:10.2f}",
        f"  naive          {answer.naive:10.2f}   (tomorrow = today)",
    ]
    for percent in INTERVALS:
        lower, upper = answer.interval(percent)
        lines.append(f"  {percent} % interval  {lower:10.2f} .. {upper:.2f}")
    lines.append(f"model {answer.version}, trained on prices from {answer.source}")
    return "\n".join(lines)
