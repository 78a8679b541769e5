"""Validation of objects with kubeconform and the schemas of Kubernetes, KServe and prometheus-operator."""

import subprocess
from pathlib import Path

from tests.programs import require_program

SCHEMAS = Path(__file__).parent / "schemas"


def nonconformities(objects: Path) -> str:
    """Return kubeconform's report on a file of objects; empty if all objects are valid."""
    kubeconform = str(require_program("kubeconform"))
    location = f"{SCHEMAS}/{{{{ .Group }}}}/{{{{ .ResourceKind }}}}_{{{{ .ResourceAPIVersion }}}}.json"
    command = [kubeconform, "-strict", "-summary", "-schema-location", location, str(objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr if done.returncode or "0 resource found" in done.stdout else ""
