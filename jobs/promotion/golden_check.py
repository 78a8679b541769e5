"""The golden request: send a version's golden windows to the service and compare with the answers from the export."""

import time
from typing import Final

import httpx
import numpy as np

from model.artefact.golden import Golden
from model.contract import names
from model.contract.errors import InvalidInputError, PromotionError
from model.protocol.client import read_response, write_request
from model.protocol.rest import HEADER_LENGTH

CHECK: Final = "golden"
RTOL: Final = 1e-5  # float32 on another machine, with another batch size
_ANSWER_SECONDS: Final = 10.0
_ANSWERS: Final = 3  # each on a new connection, so that they reach more than one pod


def verify_golden_request(url: str, model: str, version: str, golden: Golden, *, deadline: float, every: float) -> None:
    """Send the golden request until the version has answered correctly several times in a row.

    A missing answer, 503 or another version is retried, because endpoints lag behind pods. Wrong numbers are not.

    Args:
        url: URL of the service.
        model: Name of the model.
        version: Version that must answer.
        golden: Windows and answers, in price units.
        deadline: Seconds until the request must have succeeded.
        every: Seconds between attempts.

    Raises:
        PromotionError: An answer is wrong, or there was none in time; its check is `golden`.
    """
    body, headers = write_request({names.CLOSE: np.array(golden.close)}, {names.ALLOW_JUMPS: True})
    until = time.monotonic() + deadline
    correct = 0
    reason = "no request was sent"
    while correct < _ANSWERS:
        failure = _attempt(f"{url}/v2/models/{model}/infer", body, headers, version, golden)
        if failure is None:
            correct += 1
            continue
        correct, reason = 0, failure
        if time.monotonic() + every > until:
            raise PromotionError(f"golden request: no correct answer within {deadline:g} s: {reason}", check=CHECK)
        time.sleep(every)


def _attempt(url: str, body: bytes, headers: dict[str, str], version: str, golden: Golden) -> str | None:
    try:
        response = httpx.post(url, content=body, headers=headers, timeout=_ANSWER_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url}: {type(error).__name__}: {error}"
    if response.status_code != httpx.codes.OK:
        return f"{url}: status {response.status_code}: {' '.join(response.text.split())[:200]}"
    try:
        document, outputs = read_response(response.content, response.headers.get(HEADER_LENGTH))
        answered = str(document["model_version"])
        if answered != version:
            return f"{url}: expected model_version {version}, got {answered}"
        check_output(names.FORECAST, outputs[names.FORECAST], golden.forecast, check=CHECK)
        check_output(names.QUANTILES, outputs[names.QUANTILES], golden.quantiles, check=CHECK)
    except (InvalidInputError, LookupError, TypeError) as error:
        raise PromotionError(f"golden request: {url}: not an answer of this release: {error}", check=CHECK) from error
    return None


def check_output(name: str, answered: object, expected: object, *, check: str) -> None:
    """Compare an output with the values computed at export.

    Args:
        name: Name of the output.
        answered: Values of the output, in price units.
        expected: Values computed at export, in price units.
        check: Name of the check, for the error.

    Raises:
        PromotionError: The shapes differ, or a value differs by more than `RTOL`.
    """
    got, reference = np.asarray(answered, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if got.shape != reference.shape:
        raise PromotionError(f"output '{name}': expected shape {reference.shape}, got {got.shape}", check=check)
    wrong = ~np.isclose(got, reference, rtol=RTOL, atol=0.0)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise PromotionError(
            f"output '{name}', {int(wrong.sum())} of {wrong.size} values: expected "
            f"{reference[place]:.10g} at {list(place)}, got {got[place]:.10g} (allowed: {RTOL:g} relative)",
            check=check,
        )
