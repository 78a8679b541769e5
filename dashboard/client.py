"""The service as the dashboard asks it: V2 for forecasts, and the routes for people beside it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from dashboard.answers import Forecast, Window
from dashboard.documents import Document, Report, Status, Versions
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
Kind = TypeVar("Kind", bound=Document)
_CONNECT_SECONDS: Final = 2.0  # an address where nothing is must not hold the page up
_PROMETHEUS_SECONDS: Final = 3.0  # the page can do without it


class ServiceClient:
    """Asks the service and Prometheus; connections are kept and shared by all visitors."""

    def __init__(self, chosen: DashboardSettings) -> None:
        self._url = chosen.url.rstrip("/")
        self._infer = f"{self._url}/v2/models/{quote(chosen.model_name, safe='')}/infer"
        self._prometheus = chosen.prometheus.rstrip("/") if chosen.prometheus else None
        self._seconds = chosen.timeout
        self._http = httpx.Client(trust_env=False)

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

    def document(self, path: str, kind: type[Kind]) -> Kind:
        """A document for people. Raises as `forecast` does, `WrongAnswerError` where it is one of another release."""
        return self._asked("GET", self._url + path, kind.model_validate)

    def report(self) -> Report:
        """The evaluation of the served version. Raises as `document` does."""
        return self.document("/report", Report)

    def versions(self) -> Versions:
        """Versions and promotions. Raises as `document` does."""
        return self.document("/versions", Versions)

    def status(self) -> Status:
        """Readiness, the last refresh, the last decision of the gate. Raises as `document` does."""
        return self.document("/status", Status)

    def metrics(self) -> str:
        """The service's own metrics in the text format. Raises as `forecast` does."""
        return self._ask("GET", f"{self._url}/metrics", self._seconds).text

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of a query of Prometheus, each with its labels and value. Raises as `forecast` does."""
        return self._asked(
            "GET",
            f"{self._prometheus}/api/v1/query",
            lambda found: list(found["data"]["result"]),
            seconds=min(_PROMETHEUS_SECONDS, self._seconds),
            other="Prometheus",
            params={"query": expression},
        )

    def _asked(
        self,
        method: str,
        url: str,
        read: Callable[[Any], Read],
        *,
        seconds: float | None = None,
        other: str = "this service",
        **given: Any,
    ) -> Read:
        response = self._ask(method, url, seconds or self._seconds, **given)
        try:
            return read(response.json())
        except ValidationError as error:
            raise WrongAnswerError(f"{url}: another release of {other} answers here: {_first(error)}") from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise WrongAnswerError(f"{url}: what answers here is not {other}") from error

    def _ask(self, method: str, url: str, seconds: float, **given: Any) -> httpx.Response:
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        try:
            response = self._http.request(method, url, timeout=timeout, **given)
        except httpx.ConnectTimeout as error:
            raise UnavailableError(f"{url}: nothing answers here") from error
        except httpx.TimeoutException as error:
            raise DeadlineExceededError(f"{url}: no answer within {seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(f"{url}: nothing answers here ({str(error) or type(error).__name__})") from error
        if not response.is_success:
            raise _error_of(url, response)
        return response


def _first(error: ValidationError) -> str:
    """What is wrong in a document: the first of it, with its place."""
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"


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
