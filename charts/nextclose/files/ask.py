"""`helm test`: request forecasts by symbol and by window, and check that both responses agree."""

import math
import os
import sys
from typing import Any

import httpx

# Some network plugins apply policies to a new pod only seconds after its start and refuse its connections until then.
transport = httpx.HTTPTransport(retries=7)
client = httpx.Client(base_url=os.environ["URL"], transport=transport, timeout=30.0, trust_env=False)


def checked(response: httpx.Response) -> Any:
    """Decode the JSON body of a response; exit with a message on an HTTP error."""
    if response.is_error:
        sys.exit(f"{response.url}: expected a success, got {response.status_code}: {response.text[:500]}")
    return response.json()


def infer(tensor: dict[str, Any]) -> tuple[str, dict[str, list[Any]]]:
    """Send a V2 request with one input. Returns the version and the outputs by name."""
    response = checked(client.post("/v2/models/nextclose/infer", json={"inputs": [tensor]}))
    return response["model_version"], {output["name"]: output["data"] for output in response["outputs"]}


def main() -> None:
    """Print the forecast, or exit with the messages of the failed checks."""
    stored = checked(client.get("/symbols"))["symbols"]
    if not stored:
        sys.exit("/symbols: expected at least one symbol in the price store, got none")
    # If no source of prices could be reached, the store has the packaged index only.
    configured = os.environ["SYMBOL"]
    symbol = configured if configured in stored else stored[0]
    closes = checked(client.get(f"/symbols/{symbol}/window"))["close"]

    version, by_symbol = infer({"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [symbol]})
    window_version, by_window = infer({"name": "close", "datatype": "FP64", "shape": [1, len(closes)], "data": closes})
    quantiles = by_symbol["quantiles"]
    checks = {
        f"model_version: expected the same in both responses, got {version!r} and {window_version!r}": (
            version == window_version
        ),
        f"quantiles: expected seven in ascending order, got {quantiles}": (
            len(quantiles) == 7 and quantiles == sorted(quantiles)
        ),
        f"forecast: expected the median of {quantiles}, got {by_symbol['forecast']}": (
            [quantiles[3]] == by_symbol["forecast"]
        ),
        f"naive: expected the last close, {closes[-1]}, got {by_symbol['naive']}": by_symbol["naive"] == closes[-1:],
    }
    for name in ("forecast", "quantiles", "naive"):
        pairs = zip(by_symbol[name], by_window[name], strict=True)
        message = f"{name}: expected equal prices > 0, got {by_symbol[name]} by symbol and {by_window[name]} by window"
        checks[message] = all(one > 0 and math.isclose(one, other, rel_tol=1e-5) for one, other in pairs)
    failed = [message for message, passed in checks.items() if not passed]
    if failed:
        sys.exit("\n".join(failed))
    sys.stdout.write(f"{symbol} until {by_symbol['data_until'][0]}: {quantiles[3]:.2f} by version {version}\n")


try:
    main()
except httpx.HTTPError as error:
    sys.exit(f"{client.base_url}: {error or type(error).__name__}")
