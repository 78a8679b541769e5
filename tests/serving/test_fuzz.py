"""A short run of the fuzzer with the same cases every time; `python -m tests.fuzz` runs longer."""

from random import Random

import pytest

from tests.fuzz.fuzz_run import Run, case_numbers
from tests.fuzz.grpc_cases import grpc_case
from tests.fuzz.http_cases import http_case
from tests.fuzz.http_checks import check_answer
from tests.fuzz.http_wire import Answer
from tests.fuzz.inference_requests import Served
from tests.fuzz.invariant_error import InvariantError
from tests.fuzz.targets import pair_targets
from tests.serving.processes import Pair

_SEED = 1
_SECONDS = 240
_SERVED = Served("transformer", "nextclose", "V", "PETR4.SA")
_HEADERS = {
    "content-type": "application/json",
    "error-reason": "invalid_input",
    "x-request-id": "a",
    "server": "nextclose",
}


def test_random_requests_violate_no_invariant(pair: Pair) -> None:
    lines: list[str] = []
    run = Run(_SEED, pair_targets(pair), 8, most_failures=5, seconds=_SECONDS, report=lines.append)
    run.play(case_numbers(http=300, grpc=150))
    assert not run.failures, "\n".join(lines)
    assert run.kinds.total() == 450


@pytest.mark.parametrize("number", range(50))
def test_seed_and_number_determine_a_case(number: int) -> None:
    seeds = [Random(number) for _ in range(2)]  # noqa: S311  # repeatable
    one, other = [(http_case(rng, _SERVED, number), grpc_case(rng, _SERVED, number)) for rng in seeds]
    assert one == other


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(500, _HEADERS, b'{"error": "x"}', keep_alive=True), "status"),
        (
            Answer(503, {**_HEADERS, "error-reason": "predictor_unavailable"}, b'{"error": "x"}', keep_alive=True),
            "status",
        ),
        (Answer(400, _HEADERS, b"x", keep_alive=True), "expected JSON"),
        (Answer(400, _HEADERS, b'{"error": "a\\nb"}', keep_alive=True), "expected one line"),
        (Answer(400, {**_HEADERS, "content-type": "text/plain"}, b"x", keep_alive=True), "content type"),
        (Answer(400, {**_HEADERS, "x-request-id": "b"}, b'{"error": "x"}', keep_alive=True), "x-request-id"),
        (Answer(200, {"server": "aiohttp"}, b"{}", keep_alive=True), "Server"),
    ],
)
def test_violated_invariant_is_found(answer: Answer, message: str) -> None:
    with pytest.raises(InvariantError, match=message):
        check_answer(answer, "POST", None, "a")


def test_refusal_violates_no_invariant() -> None:
    check_answer(Answer(400, _HEADERS, b'{"error": "x"}', keep_alive=True), "POST", {400}, "a")
