"""Command line of the fuzzer. It exits with status 1 if a case fails."""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.fuzz.fuzz_run import CaseNumber, Run, case_numbers
from tests.fuzz.served_pair import running_pair
from tests.fuzz.targets import Target

_WARM_UP = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz a pair. Returns the exit status."""
    options = _parser().parse_args(arguments)
    with ExitStack() as stack:
        if options.url:
            targets = [Target(options.url, options.grpc_address)]
        else:
            targets = stack.enter_context(running_pair(options.data, _report))
        run = Run(options.seed, targets, options.concurrency, options.failures, options.seconds, _report)
        if options.only:
            run.play([_number(text) for text in options.only])
        else:
            _play(run, case_numbers(options.http, options.grpc if any(one.grpc for one in targets) else 0))
    for kind, count in sorted(run.kinds.items()):
        _report(f"  {count:6,} {kind}")
    _report(f"{run.kinds.total():,} cases, {len(run.failures)} failures (seed {options.seed})")
    return 1 if run.failures else 0


def _play(run: Run, numbers: Sequence[CaseNumber]) -> None:
    _report(f"seed {run.seed}: {len(numbers):,} cases, {run.concurrency} concurrently")
    run.play(numbers[:_WARM_UP])
    local = [target for target in run.targets if target.local]
    if len(numbers) > _WARM_UP:
        for target in local:
            _report(target.remember_memory())
        run.play(numbers[_WARM_UP:])
        for target in local:
            run.check(target.check_memory)


def _number(text: str) -> CaseNumber:
    protocol, number = text.split(":")
    return CaseNumber(protocol, int(number))


def _report(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tests.fuzz", description="Send random requests to a pair and check its responses."
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="seed of all cases; default: the time")
    parser.add_argument("--http", type=int, default=10_000, metavar="N", help="number of HTTP cases (%(default)s)")
    parser.add_argument("--grpc", type=int, default=5_000, metavar="N", help="number of gRPC cases (%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="play only these cases, for example http:17 grpc:4")
    parser.add_argument("--url", help="HTTP URL of a running server; default: start a pair")
    parser.add_argument("--grpc-address", metavar="HOST:PORT", help="gRPC address of that server")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="folder with price store and models for the pair; default: train a version",
    )
    parser.add_argument(
        "--concurrency", type=int, default=16, metavar="N", help="number of concurrent cases (%(default)s)"
    )
    parser.add_argument("--failures", type=int, default=1, metavar="N", help="stop after N failures (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=2400, metavar="N", help="maximum duration of the run (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
