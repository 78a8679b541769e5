"""Program that runs several `nextclose` commands sequentially in one process; started by `run_several`.

Each command calls `main` of the console script with its own arguments, output and status. Sharing the process saves the
seconds that importing the libraries takes.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence

from jobs.cli.app import main


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
