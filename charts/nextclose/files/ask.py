"""`helm test`: asks the served model by symbol and by window, and checks both answers."""

import math
import os
import sys
from typing import Any

import httpx

# Network policies know a new pod some seconds after it has started, and refuse it until then.
transport = httpx.HTTPTransport(retries=7)
client = httpx.Client(base_url=os.environ["URL"], transport=transport, timeout=30.0, trust_env=False)


def checked(response: httpx.Response) -> Any:
    """The document of an answer; ends the test where it is an error."""
    if response.is_error:
        sys.exit(f"{response.url}: answered {response.status_code}: {response.text[:500]}")
    return response.json()


def outputs(tensor: dict[str, Any]) -> tuple[str, dict[str, list[Any]]]:
    """Version and outputs of a V2 request with one input."""
    answer = checked(client.post("/v2/models/nextclose/infer", json={"inputs": [tensor]}))
    return answer["model_version"], {output["name"]: output["data"] for output in answer["outputs"]}


def main() -> None:
    """Ends with one line that says which check failed, or what was answered."""
    known = checked(client.get("/symbols"))["symbols"]
    if not known:
        sys.exit("the price store holds no symbol")
    # The packaged index stands in where no source of the wanted symbol could be reached.
    wanted = os.environ["SYMBOL"]
    symbol = wanted if wanted in known else known[0]
    closes = checked(client.get(f"/symbols/{symbol}/window"))["close"]

    version, by_symbol = outputs({"name": "symbol", "datatype": "BYTES", "shape": [1], "data": [symbol]})
    again, by_window = outputs({"name": "close", "datatype": "FP64", "shape": [1, len(closes)], "data": closes})
    quantiles = by_symbol["quantiles"]
    checks = {
        f"two versions answered: {version!r} and {again!r}": version == again,
        f"seven ascending quantiles expected, got {quantiles}": len(quantiles) == 7 and quantiles == sorted(quantiles),
        f"forecast {by_symbol['forecast']} is not the median of {quantiles}": [quantiles[3]] == by_symbol["forecast"],
        f"naive {by_symbol['naive']} is not the last close, {closes[-1]}": by_symbol["naive"] == closes[-1:],
    }
    for name in ("forecast", "quantiles", "naive"):
        pairs = zip(by_symbol[name], by_window[name], strict=True)
        told = f"{name}: by symbol {by_symbol[name]}, by window {by_window[name]}"
        checks[told] = all(one > 0 and math.isclose(one, other, rel_tol=1e-5) for one, other in pairs)
    failed = [message for message, passed in checks.items() if not passed]
    if failed:
        sys.exit("\n".join(failed))
    sys.stdout.write(f"{symbol} until {by_symbol['data_until'][0]}: {quantiles[3]:.2f} by version {version}\n")


try:
    main()
except httpx.HTTPError as error:
    sys.exit(f"{client.base_url}: {error or type(error).__name__}")
