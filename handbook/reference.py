"""The files of the reference that are generated from the code."""

from pathlib import Path
from typing import Final

from handbook.command_line import command_line_page
from handbook.manifest import SCHEMA_FILE, manifest_page, manifest_schema
from handbook.metrics import metrics_page
from handbook.protocol import protocol_page
from handbook.settings import settings_page

FOLDER: Final = Path(__file__).parents[1] / "docs" / "reference"


def written() -> dict[str, str]:
    """Content of the generated files by file name. Chart values are not included: helm-docs writes them."""
    return {
        "command-line.md": command_line_page(),
        "manifest.md": manifest_page(),
        SCHEMA_FILE: manifest_schema(),
        "metrics.md": metrics_page(),
        "protocol.md": protocol_page(),
        "settings.md": settings_page(),
    }
