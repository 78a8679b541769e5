"""The pictures of the documentation: there, small, and shown somewhere."""

import pytest

from tests.dashboard.screenshots import FOLDER, PICTURES, Picture

ROOT = FOLDER.parents[1]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_it_is_there_and_small(picture: Picture) -> None:
    content = (FOLDER / f"{picture.name}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) == picture.width
    assert len(content) < 150_000


def test_all_are_shown() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))
    assert [one.name for one in PICTURES if f"images/{one.name}.png" not in pages] == []
