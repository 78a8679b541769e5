"""The golden request: a version's own windows, asked of the service, against the answers computed at export."""

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
_ANSWERS: Final = 3  # each on a connection of its own, so that more than one pod is met where there are several


def ask_golden(url: str, model: str, version: str, golden: Golden, *, deadline: float, every: float) -> None:
    """Asks until the version has answered right several times in a row.

    No answer yet, 503 and another version are waited for: endpoints lag behind pods. Wrong numbers are not.

    Args:
        url: of the service.
        model: its name.
        version: that must answer.
        golden: windows and answers, in price units.
        deadline: seconds in all.
        every: seconds between two questions that were not answered right.

    Raises:
        PromotionError: the answer is wrong, or did not come in time; its check is `golden`.
    """
    body, headers = write_request({names.CLOSE: np.array(golden.close)}, {names.ALLOW_JUMPS: True})
    until = time.monotonic() + deadline
    right = 0
    reason = "nothing was asked"
    while right < _ANSWERS:
        waiting = _ask(f"{url}/v2/models/{model}/infer", body, headers, version, golden)
        if waiting is None:
            right += 1
            continue
        right, reason = 0, waiting
        if time.monotonic() + every > until:
            raise PromotionError(f"golden request: no right answer within {deadline:g} s: {reason}", check=CHECK)
        time.sleep(every)


def _ask(url: str, body: bytes, headers: dict[str, str], version: str, golden: Golden) -> str | None:
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
        compare(names.FORECAST, outputs[names.FORECAST], golden.forecast, check=CHECK)
        compare(names.QUANTILES, outputs[names.QUANTILES], golden.quantiles, check=CHECK)
    except (InvalidInputError, LookupError, TypeError) as error:
        raise PromotionError(f"golden request: {url}: not an answer of this release: {error}", check=CHECK) from error
    return None


def compare(name: str, answered: object, expected: object, *, check: str) -> None:
    """Compares an output with what was computed at export.

    Args:
        name: of the output.
        answered: in price units.
        expected: the same.
        check: that a difference fails.

    Raises:
        PromotionError: another shape, or a value that differs by more than another machine explains.
    """
    got, wanted = np.asarray(answered, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if got.shape != wanted.shape:
        raise PromotionError(f"output '{name}': expected shape {wanted.shape}, got {got.shape}", check=check)
    wrong = ~np.isclose(got, wanted, rtol=RTOL, atol=0.0)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise PromotionError(
            f"output '{name}', {int(wrong.sum())} of {wrong.size} values: expected "
            f"{wanted[place]:.10g} at {list(place)}, got {got[place]:.10g} (allowed: {RTOL:g} relative)",
            check=check,
        )
