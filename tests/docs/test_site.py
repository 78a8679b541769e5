"""The documentation site: builds strictly, is complete and loads nothing from other hosts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from tests.docs.blocks import ROOT
from tests.pages.browser import open_browser
from tools.reference.site import EXTRA_FILES

_LOADED: Final = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
# Link types that a browser fetches, unlike `canonical` or `next`.
_FETCHED: Final = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "modulepreload"}


class _Page(HTMLParser):
    """Parser that collects the addresses that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "link" and not _FETCHED & set((found.get("rel") or "").split()):
            return
        if tag in _LOADED and (address := found.get(_LOADED[tag])):
            self.loads.append(address)


def _build(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": ""}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = _build(ROOT, target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return target


def test_site_has_every_page(site: Path) -> None:
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    pages += [Path(uri) for uri in EXTRA_FILES.values() if uri.endswith(".md")]
    for page in pages:
        folder = site / page.parent if page.stem == "index" else site / page.with_suffix("")
        assert (folder / "index.html").is_file(), page
    for name in ("reference/manifest.schema.json", "reference/values.schema.json", "examples/curl.sh", "licence.txt"):
        assert (site / name).is_file(), name


def test_links_are_also_valid_in_the_repository() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\((?![a-z]+:|#)([^)\s#]+)", text):
            assert (path.parent / target).is_file(), f"{path.relative_to(ROOT)}: {target}"


def test_pages_load_nothing_from_other_hosts(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    for path in pages:
        page = _Page()
        page.feed(path.read_text())
        assert [address for address in page.loads if re.match(r"(https?:)?//", address)] == [], path.relative_to(site)
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", path.read_text()), path.relative_to(site)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_pages_request_no_other_host_and_fit_a_phone(address: str) -> None:
    with open_browser() as browser:
        for page in ("/", "/quick-start/", "/concepts/", "/reference/settings/", "/model-card/"):
            browser.resize(360)
            browser.driver.get(address + page)
            assert browser.errors() == [], page
            assert [url for url in browser.requested() if not url.startswith(address)] == [], page
            assert browser.width_of_content() <= 360, page


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("docs/index.md", "[nowhere](nowhere.md)"),
        ("docs/index.md", "[nowhere](../nowhere.md)"),
        ("docs/index.md", "[nowhere](concepts.md#nowhere)"),
        ("docs/new.md", "# A page that is not in the navigation"),
    ],
)
def test_broken_link_or_page_without_navigation_fails_the_build(page: str, line: str, tmp_path: Path) -> None:
    for name in ("docs", "examples", "tools", "charts", "manifests"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "docs").unlink()
    (tmp_path / "docs").mkdir()
    for path in (ROOT / "docs").rglob("*"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.mkdir(exist_ok=True) if path.is_dir() else copy.write_bytes(path.read_bytes())
    for path in [*ROOT.glob("*.md"), ROOT / "LICENSE", ROOT / "mkdocs.yml"]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / page).open("a") as file:
        file.write(f"\n{line}\n")
    done = _build(tmp_path, tmp_path / "site")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "WARNING" in done.stderr
