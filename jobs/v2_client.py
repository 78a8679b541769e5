"""The command line as a client of the service: a forecast by symbol, over V2."""

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
from model.contract.levels import INTERVALS
from model.protocol.client import read_response
from model.protocol.forecast_request import symbol_request
from model.protocol.rest import HEADER_LENGTH


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of an answer by symbol, in price units."""

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
        """For JSON: the fields by name, dates in ISO form, and the intervals by percent."""
        intervals = {str(percent): self.interval(percent) for percent in INTERVALS}
        return {**asdict(self), "intervals": intervals}

    def interval(self, percent: int) -> tuple[float, float]:
        """Lower and upper bound of a central interval: 50, 80 or 90."""
        lower, upper = INTERVALS[percent]
        return self.quantiles[lower], self.quantiles[upper]


def ask(url: str, model: str, symbol: str, timeout: float) -> Answer:
    """Asks the service for the next close of a symbol.

    Raises:
        UnavailableError: nothing answers at the address, or what is there is not ready, or not this service.
        DeadlineExceededError: no answer came in time.
        UnknownSymbolError: the service has no prices of it. InvalidInputError: it refused the request.
    """
    try:
        response = httpx.post(
            f"{url}/v2/models/{model}/infer", json=symbol_request(symbol), timeout=timeout, trust_env=False
        )
    except httpx.TimeoutException as error:
        raise DeadlineExceededError(f"{url}: no answer within {timeout:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"{url}: nothing answers here ({error}); `nextclose serve` starts it") from error
    if response.status_code != httpx.codes.OK:
        raise _error_of(url, response)
    try:
        return _answer(symbol, response)
    except (InvalidInputError, LookupError, TypeError, ValueError) as error:
        raise UnavailableError(f"{url}: what answers here is no forecast by symbol of this release") from error


def _answer(symbol: str, response: httpx.Response) -> Answer:
    document, outputs = read_response(response.content, response.headers.get(HEADER_LENGTH))
    return Answer(
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
        kind = UnknownSymbolError  # and not a model or a page
    return kind(f"{url}: {reason}")


def answer_text(answer: Answer) -> str:
    """An answer for people."""
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
