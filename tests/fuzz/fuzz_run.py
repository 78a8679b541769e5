"""Concurrent runs of many cases, with progress messages and a command that repeats each failure."""

import asyncio
import hashlib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.fuzz.grpc_cases import GrpcCase, grpc_case
from tests.fuzz.grpc_client import GrpcClient
from tests.fuzz.http_cases import HttpCase, http_case
from tests.fuzz.http_client import HttpClient
from tests.fuzz.invariant_error import InvariantError
from tests.fuzz.targets import Target

_CASE_SECONDS: Final = 90.0
_LOG_EVERY: Final = 250
_SHOWN_BYTES: Final = 3000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """The number of a case. Together with the seed it determines the bytes to send."""

    protocol: str
    number: int

    def __str__(self) -> str:
        return f"{self.protocol}:{self.number}"


@dataclass(slots=True)
class Run:
    """A run and its results.

    Attributes:
        seed: Seed that determines all cases.
        targets: Servers that cases are distributed to.
        concurrency: Number of cases that are played concurrently.
        most_failures: Number of failures after which the run stops.
        seconds: Maximum duration; a longer run stops with a failure.
        report: Called with messages.
        failures: Descriptions of the failures.
        kinds: Number of cases played, by kind.
    """

    seed: int
    targets: Sequence[Target]
    concurrency: int
    most_failures: int
    seconds: float
    report: Progress
    failures: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    _done: int = 0
    _total: int = 0
    _since: float = field(default_factory=time.monotonic)

    def play(self, numbers: Sequence[CaseNumber]) -> None:
        """Play cases, then check that no request or connection remains."""
        self._total = self._done + len(numbers)
        asyncio.run(self._play_all(iter(numbers)))
        for target in self.targets:
            self.check(target.check_quiet)
            self.check(target.check_log)

    def check(self, check: Callable[[], object]) -> None:
        """Run a check. Its message is reported, or its failure is recorded."""
        try:
            if text := check():
                self.report(str(text))
        except AssertionError as error:
            self.fail(str(error))

    def fail(self, text: str) -> None:
        """Record a failure and report it."""
        self.failures.append(text)
        self.report(f"FAILURE {len(self.failures)} (seed {self.seed}): {text}")

    async def _play_all(self, numbers: Iterator[CaseNumber]) -> None:
        async with AsyncExitStack() as stack:
            channels: dict[str, GrpcClient] = {}
            for target in self.targets:
                if target.grpc is not None:
                    channels[target.grpc] = GrpcClient(target.grpc, target.served)
                    stack.push_async_callback(channels[target.grpc].close)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(self.concurrency):
                    tasks.create_task(self._play_some(numbers, channels))

    async def _play_some(self, numbers: Iterator[CaseNumber], channels: dict[str, GrpcClient]) -> None:
        for number in numbers:
            if len(self.failures) >= self.most_failures:
                return
            if time.monotonic() - self._since > self.seconds:
                self.fail(f"the run took longer than {self.seconds:g} s")
                return
            await self._play_one(number, channels)
            self._done += 1
            if self._done % _LOG_EVERY == 0:
                for target in self.targets:
                    self.check(target.check_log)
                seconds = time.monotonic() - self._since
                self.report(f"{self._done:,} of {self._total:,} cases, {seconds:.0f} s, {len(self.failures)} failures")

    async def _play_one(self, number: CaseNumber, channels: dict[str, GrpcClient]) -> None:
        # A separate generator, so that the choice of the target does not change the case.
        chance = Random(f"{self.seed}/{number}/where")  # noqa: S311  # repeatable
        rng = Random(f"{self.seed}/{number}")  # noqa: S311
        if number.protocol == "http":
            target = chance.choices(self.targets, [3 - 2 * (one.served.role == "predictor") for one in self.targets])[0]
            address = chance.choice(target.addresses)
            case = http_case(rng, target.served, number.number)
            playing = HttpClient(address, target.served).play(case)
            await self._finish(number, case, f"{target.served.role} {address}", playing)
        else:
            target = chance.choice([one for one in self.targets if one.grpc is not None])
            call = grpc_case(rng, target.served, number.number)
            assert target.grpc is not None
            await self._finish(number, call, f"{target.served.role} {target.grpc}", channels[target.grpc].play(call))

    async def _finish(
        self, number: CaseNumber, case: HttpCase | GrpcCase, target: str, playing: Coroutine[Any, Any, None]
    ) -> None:
        self.kinds[f"{number.protocol} {case.kind}"] += 1
        try:
            async with asyncio.timeout(_CASE_SECONDS):
                await playing
        except (InvariantError, OSError, TimeoutError) as error:
            text = f"case {number} ({case.kind}) at {target}: {type(error).__name__}: {error}\n  {_shown(case)}"
            self.fail(f"{text}\n  repeat: python -m tests.fuzz --seed {self.seed} --only {number}")


def _shown(case: HttpCase | GrpcCase) -> str:
    """A case as Python code. Long bytes are written to a file instead."""
    if len(case.content) <= _SHOWN_BYTES:
        return repr(case)
    name = f"fuzz-{hashlib.sha256(case.content).hexdigest()[:16]}.bin"
    path = Path(tempfile.gettempdir()) / name
    path.write_bytes(case.content)
    rest = replace(case, parts=()) if isinstance(case, HttpCase) else replace(case, content=b"")
    return f"{rest} with the bytes of {path}"


def case_numbers(http: int, grpc: int) -> list[CaseNumber]:
    """All cases of a run, with both protocols spread evenly."""
    positions = [(index / http, CaseNumber("http", index)) for index in range(http)]
    positions += [((index + 0.5) / grpc, CaseNumber("grpc", index)) for index in range(grpc)]
    return [number for _, number in sorted(positions, key=lambda position: position[0])]
