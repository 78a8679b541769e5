"""Objects against the schemas of Kubernetes, KServe and prometheus-operator, by kubeconform."""

import subprocess
from pathlib import Path

from tests.programs import require_program

SCHEMAS = Path(__file__).parent / "schemas"


def nonconformities(objects: Path) -> str:
    """What kubeconform says against a file of objects; empty where they fit."""
    kubeconform = str(require_program("kubeconform"))
    location = f"{SCHEMAS}/{{{{ .Group }}}}/{{{{ .ResourceKind }}}}_{{{{ .ResourceAPIVersion }}}}.json"
    command = [kubeconform, "-strict", "-summary", "-schema-location", location, str(objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr if done.returncode or "0 resource found" in done.stdout else ""
