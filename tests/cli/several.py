"""Runs several commands of `nextclose` in one process, one after the other: started as a program by `run_several`.

Each command goes through the console script's own `main`, with arguments, output and status as in a process of its
own; what they share is the seconds that Python needs to import its libraries.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from jobs.cli import main
from jobs.document import Document
from jobs.failure import Traceback


def _status() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _run(arguments: Sequence[str], variables: Mapping[str, str]) -> dict[str, object]:
    kept, before = (os.dup(1), os.dup(2)), dict(os.environ)
    sys.argv = ["nextclose", *arguments]
    os.environ.update(variables)
    Traceback.wanted = Document.wanted = False
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            status = _status()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in enumerate(kept, start=1):
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.environ.clear()
            os.environ.update(before)
        out.seek(0)
        err.seek(0)
        return {"status": status, "out": out.read().decode(), "err": err.read().decode()}


if __name__ == "__main__":
    results = [_run(arguments, variables) for arguments, variables in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(results))
