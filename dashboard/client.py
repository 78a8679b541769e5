"""The service as the dashboard asks it: V2 for forecasts, and the routes for people beside it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from dashboard.answers import Forecast, Window
from dashboard.faults import NotReadyError, WrongAnswerError
from dashboard.settings import DashboardSettings, settings
from model.contract.errors import (
    DeadlineExceededError,
    InvalidInputError,
    NextcloseError,
    NotFoundError,
    UnavailableError,
)

Read = TypeVar("Read")
_CONNECT_SECONDS: Final = 2.0  # an address where nothing is must not hold the page up


class ServiceClient:
    """Asks the service and Prometheus; connections are kept and shared by all visitors."""

    def __init__(self, chosen: DashboardSettings) -> None:
        self._url = chosen.url.rstrip("/")
        self._infer = f"{self._url}/v2/models/{quote(chosen.model_name, safe='')}/infer"
        self._prometheus = chosen.prometheus.rstrip("/") if chosen.prometheus else None
        self._seconds = chosen.timeout
        timeout = httpx.Timeout(chosen.timeout, connect=min(_CONNECT_SECONDS, chosen.timeout))
        self._http = httpx.Client(timeout=timeout, trust_env=False)

    def close(self) -> None:
        """Closes all connections."""
        self._http.close()

    def symbols(self) -> list[str]:
        """Symbols that can be asked for. Raises as `forecast` does."""
        return self._asked("GET", f"{self._url}/symbols", lambda found: [str(one) for one in found["symbols"]])

    def window(self, symbol: str) -> Window:
        """The stored closes of a symbol. Raises as `forecast` does, and `NotFoundError` where there are too few."""
        return self._asked("GET", f"{self._url}/symbols/{quote(symbol, safe='')}/window", Window.read)

    def forecast(self, request: Mapping[str, Any]) -> Forecast:
        """The next close.

        Raises:
            InvalidInputError: the request cannot be answered as it is. NotFoundError: there is no such symbol.
            DeadlineExceededError: no answer came in time.
            NotReadyError: it is there and cannot answer now.
            UnavailableError: nothing answers. WrongAnswerError: what answers is not this service, or has a fault.
        """
        return self._asked("POST", self._infer, Forecast.read, json=request)

    def document(self, path: str, *needed: str) -> dict[str, Any]:
        """A JSON document: `/report`, `/versions`, `/status`, with what is needed of it. Raises as `forecast` does."""

        def read(found: Any) -> dict[str, Any]:
            return dict(found) | {name: found[name] for name in needed}

        return self._asked("GET", self._url + path, read)

    def metrics(self) -> str:
        """The service's own metrics in the text format. Raises as `forecast` does."""
        return self._ask("GET", f"{self._url}/metrics").text

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of a query of Prometheus, each with its labels and value. Raises as `forecast` does."""
        return self._asked(
            "GET",
            f"{self._prometheus}/api/v1/query",
            lambda found: list(found["data"]["result"]),
            params={"query": expression},
        )

    def _asked(self, method: str, url: str, read: Callable[[Any], Read], **given: Any) -> Read:
        response = self._ask(method, url, **given)
        try:
            return read(response.json())
        except (LookupError, TypeError, ValueError) as error:
            raise WrongAnswerError(f"{url}: what answers here is not this service") from error

    def _ask(self, method: str, url: str, **given: Any) -> httpx.Response:
        try:
            response = self._http.request(method, url, **given)
        except httpx.ConnectTimeout as error:
            raise UnavailableError(f"{url}: nothing answers here") from error
        except httpx.TimeoutException as error:
            raise DeadlineExceededError(f"{url}: no answer within {self._seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(f"{url}: nothing answers here ({str(error) or type(error).__name__})") from error
        if not response.is_success:
            raise _error_of(url, response)
        return response


def _error_of(url: str, response: httpx.Response) -> NextcloseError:
    try:
        reason = str(response.json()["error"])
    except (ValueError, LookupError, TypeError):
        # Something in between answered, a proxy perhaps.
        return WrongAnswerError(f"{url}: status {response.status_code}")
    kinds: dict[int, type[NextcloseError]] = {
        400: InvalidInputError,
        404: NotFoundError,
        413: InvalidInputError,
        503: NotReadyError,
        504: DeadlineExceededError,
    }
    return kinds.get(response.status_code, WrongAnswerError)(reason)


@cache
def service() -> ServiceClient:
    """That of this process."""
    return ServiceClient(settings())
