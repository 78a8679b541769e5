"""Generate the dashboards of the chart: `make dashboards`."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from tools.grafana.jobs import jobs
from tools.grafana.model import model
from tools.grafana.service import service

FOLDER: Final = Path(__file__).parents[2] / "charts" / "nextclose" / "dashboards"
DASHBOARDS: Final = {"jobs": jobs, "model": model, "service": service}


def text_of(document: dict[str, Any]) -> str:
    """Format a dashboard as the content of its file."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all dashboards, and remove the files of others."""
    FOLDER.mkdir(exist_ok=True)
    for existing in FOLDER.glob("*.json"):
        existing.unlink()
    for name, build in DASHBOARDS.items():
        path = FOLDER / f"{name}.json"
        path.write_text(text_of(build()))
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
