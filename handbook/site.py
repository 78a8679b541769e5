"""A hook of MkDocs: files of the repository that are pages of the site too, and links that hold in both places.

Loaded by its path (`hooks` in mkdocs.yml), so it imports nothing of this project.
"""

import posixpath
import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = "docs/"
# File of the repository -> where it lies on the site.
OUTSIDE: Final = {
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
    """Adds the files that lie outside of `docs/`."""
    for path, uri in OUTSIDE.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # by name
    """Turns links that hold in the repository into those that hold on the site."""
    uri = page.file.src_uri
    source = next((path for path, at in OUTSIDE.items() if at == uri), DOCS + uri)

    def on_the_site(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2]))
        place = OUTSIDE.get(target) or (target.removeprefix(DOCS) if target.startswith(DOCS) else None)
        # What is on no page stays as it is written: MkDocs then names it, and the build fails.
        return found[0] if place is None else found[1] + posixpath.relpath(place, posixpath.dirname(uri) or ".")

    return _LINK.sub(on_the_site, markdown)
