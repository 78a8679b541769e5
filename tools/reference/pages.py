"""The files of the reference that are generated from the code."""

from pathlib import Path
from typing import Final

from tools.reference.command_line_page import command_line_page
from tools.reference.manifest_page import SCHEMA_FILE, manifest_page, manifest_schema
from tools.reference.metrics_page import metrics_page
from tools.reference.protocol_page import protocol_page
from tools.reference.settings_page import settings_page

FOLDER: Final = Path(__file__).parents[2] / "docs" / "reference"


def reference_pages() -> dict[str, str]:
    """Content of the generated files by file name. Chart values are not included: helm-docs writes them."""
    return {
        "command-line.md": command_line_page(),
        "manifest.md": manifest_page(),
        SCHEMA_FILE: manifest_schema(),
        "metrics.md": metrics_page(),
        "protocol.md": protocol_page(),
        "settings.md": settings_page(),
    }
