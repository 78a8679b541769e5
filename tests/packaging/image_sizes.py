"""Check the sizes of the built images: `python -m tests.packaging.image_sizes VERSION LISTER...`.

LISTER is a command that takes the arguments of `docker images`. The exit status is 1 if an image is too large or
missing. Needs only the standard library.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

# Unpacked sizes of images, in MB (10^6 bytes).
LIMITS: Final = {"predictor": 1600, "transformer": 450, "jobs": 1800, "dashboard": 600}
_SIZE: Final = re.compile(r"([0-9.]+) ?([kKMG]?)i?B", re.ASCII)
_UNITS: Final = {"": 1e-6, "k": 1e-3, "K": 1e-3, "M": 1.0, "G": 1e3}


def megabytes(shown: str) -> float:
    """Parse a size such as `425 MB` or `1.36GB`, and return it in MB.

    Raises:
        ValueError: The text is not a size.
    """
    match = _SIZE.fullmatch(shown.strip())
    if match is None:
        raise ValueError(f"expected a size such as 425 MB, got {shown!r}")
    return float(match[1]) * _UNITS[match[2]]


def main(version: str, lister: Sequence[str]) -> int:
    """Print one line per image; return the exit status.

    Args:
        version: Tag of the images.
        lister: Command that lists images.
    """
    status = 0
    for role, limit in LIMITS.items():
        name = f"docker.io/nextclose/{role}:{version}"
        command = [*lister, "--format", "{{.Size}}", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        shown = done.stdout.split("\n", 1)[0]
        if done.returncode or not shown:
            reason = done.stderr.strip().rpartition("\n")[2] or "run `make images`"
            sys.stderr.write(f"error: {name}: image not found: {reason}\n")
            status = 1
            continue
        size = megabytes(shown)
        sys.stdout.write(f"{name}  {size:.0f} MB, at most {limit}\n")
        if size > limit:
            sys.stderr.write(f"error: {name}: expected at most {limit} MB, got {size:.0f}\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
