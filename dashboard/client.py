"""Client of the service: V2 for forecasts, the service's own routes for everything else, and Prometheus."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from dashboard.dashboard_errors import NotReadyError, UnexpectedResponseError
from dashboard.documents import Document, Report, Status, Versions
from dashboard.responses import Forecast, StoredWindow
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
_CONNECT_SECONDS: Final = 2.0  # short, so that an unreachable address does not block the page
_PROMETHEUS_SECONDS: Final = 3.0  # short, because the page works without Prometheus


class ServiceClient:
    """Queries the service and Prometheus; all visitors share its connections."""

    def __init__(self, chosen: DashboardSettings) -> None:
        self._url = chosen.url.rstrip("/")
        self._infer = f"{self._url}/v2/models/{quote(chosen.model_name, safe='')}/infer"
        self._prometheus = chosen.prometheus.rstrip("/") if chosen.prometheus else None
        self._seconds = chosen.timeout
        self._http = httpx.Client(trust_env=False)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def symbols(self) -> list[str]:
        """Return the symbols that have stored prices. Raises the same errors as `forecast`."""
        return self._fetch("GET", f"{self._url}/symbols", lambda document: [str(one) for one in document["symbols"]])

    def window(self, symbol: str) -> StoredWindow:
        """Return the stored closes of a symbol.

        Raises:
            NotFoundError: The symbol is unknown or has too few closes.
            NextcloseError: As `forecast`.
        """
        return self._fetch("GET", f"{self._url}/symbols/{quote(symbol, safe='')}/window", StoredWindow.read)

    def forecast(self, request: Mapping[str, Any]) -> Forecast:
        """Return the forecast of the next close.

        Args:
            request: V2 inference request.

        Raises:
            InvalidInputError: The service refused the request.
            NotFoundError: The symbol is unknown.
            DeadlineExceededError: No response within the timeout.
            NotReadyError: The service is running but cannot answer now.
            UnavailableError: Connecting failed.
            WrongAnswerError: The response is not one of this service, or the service has a fault.
        """
        return self._fetch("POST", self._infer, Forecast.read, json=request)

    def document(self, path: str, kind: type[Kind]) -> Kind:
        """Return a document of the service.

        Args:
            path: Path of the document, such as `/report`.
            kind: Model that validates it.

        Raises:
            WrongAnswerError: The document does not fit the model; another release may have written it.
            NextcloseError: As `forecast`.
        """
        return self._fetch("GET", self._url + path, kind.model_validate)

    def report(self) -> Report:
        """Return the evaluation report of the served version. Raises the same errors as `document`."""
        return self.document("/report", Report)

    def versions(self) -> Versions:
        """Return versions and promotions. Raises the same errors as `document`."""
        return self.document("/versions", Versions)

    def status(self) -> Status:
        """Return readiness, last refresh and last gate decision. Raises the same errors as `document`."""
        return self.document("/status", Status)

    def metrics(self) -> str:
        """Return the metrics of the service in Prometheus's text format. Raises the same errors as `forecast`."""
        return self._request("GET", f"{self._url}/metrics", self._seconds).text

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Run a PromQL query and return its samples with labels and value. Raises the same errors as `forecast`."""
        return self._fetch(
            "GET",
            f"{self._prometheus}/api/v1/query",
            lambda document: list(document["data"]["result"]),
            seconds=min(_PROMETHEUS_SECONDS, self._seconds),
            expected="Prometheus",
            params={"query": expression},
        )

    def _fetch(
        self,
        method: str,
        url: str,
        read: Callable[[Any], Read],
        *,
        seconds: float | None = None,
        expected: str = "this service",
        **options: Any,
    ) -> Read:
        response = self._request(method, url, seconds or self._seconds, **options)
        try:
            return read(response.json())
        except ValidationError as error:
            raise UnexpectedResponseError(
                f"{url}: the answer is from another release of {expected}: {_first(error)}"
            ) from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UnexpectedResponseError(f"{url}: the answer is not from {expected}") from error

    def _request(self, method: str, url: str, seconds: float, **options: Any) -> httpx.Response:
        timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
        try:
            response = self._http.request(method, url, timeout=timeout, **options)
        except httpx.ConnectTimeout as error:
            raise UnavailableError(f"{url}: does not answer (connection timed out)") from error
        except httpx.TimeoutException as error:
            raise DeadlineExceededError(f"{url}: no answer within {seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnavailableError(f"{url}: does not answer ({str(error) or type(error).__name__})") from error
        if not response.is_success:
            raise _error_of(url, response)
        return response


def _first(error: ValidationError) -> str:
    """Format the first fault of a document, with the path of the field."""
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"


def _error_of(url: str, response: httpx.Response) -> NextcloseError:
    try:
        reason = str(response.json()["error"])
    except (ValueError, LookupError, TypeError):
        # The response is from something else, such as a proxy.
        return UnexpectedResponseError(f"{url}: status {response.status_code}")
    kinds: dict[int, type[NextcloseError]] = {
        400: InvalidInputError,
        404: NotFoundError,
        413: InvalidInputError,
        503: NotReadyError,
        504: DeadlineExceededError,
    }
    return kinds.get(response.status_code, UnexpectedResponseError)(reason)


@cache
def service() -> ServiceClient:
    """Return the client of this process."""
    return ServiceClient(settings())
