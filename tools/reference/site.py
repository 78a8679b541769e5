"""MkDocs hook: publish files from outside `docs/` and rewrite links to them.

MkDocs loads it by its path (`hooks` in mkdocs.yml), so it imports nothing from this project.
"""

import posixpath
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = "docs/"
# File in the repository -> path on the site.
EXTRA_FILES: Final = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "licence.txt",
    "SECURITY.md": "security.md",
    "charts/nextclose/README.md": "reference/values.md",
    "charts/nextclose/values.schema.json": "reference/values.schema.json",
    "manifests/README.md": "how-to/manifests.md",
    **{str(path.relative_to(ROOT)): str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("examples/*.*"))},
}
_LINK: Final = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s#]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files from outside `docs/`."""
    for path, uri in EXTRA_FILES.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # by name
    """Rewrite links between files of the repository to links between pages of the site."""
    uri = page.file.src_uri
    source = next((path for path, at in EXTRA_FILES.items() if at == uri), DOCS + uri)

    def rewrite(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        place = EXTRA_FILES.get(target) or (target.removeprefix(DOCS) if target.startswith(DOCS) else None)
        # A link to a file that is not on the site stays unchanged, so that MkDocs reports it and the build fails.
        return found[0] if place is None else found[1] + posixpath.relpath(place, posixpath.dirname(uri) or ".")

    return _LINK.sub(rewrite, markdown)
