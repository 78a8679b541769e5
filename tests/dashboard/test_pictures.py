"""The screenshots in the documentation exist, are small, are used, and show the current texts."""

import json

import pytest

from dashboard.texts import Texts
from tests.dashboard.screenshot_texts import changed_since, texts_in
from tests.dashboard.screenshots import FOLDER, PICTURES, TEXTS, Picture

ROOT = FOLDER.parents[1]


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_screenshot_exists_and_is_small(picture: Picture) -> None:
    content = (FOLDER / f"{picture.name}.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) == picture.width
    assert len(content) < 150_000


def test_every_screenshot_is_used() -> None:
    pages = "".join(path.read_text() for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))
    assert [one.name for one in PICTURES if f"images/{one.name}.png" not in pages] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_screenshot_shows_current_texts(picture: Picture) -> None:
    recorded = json.loads(TEXTS.read_text())[picture.name]
    assert len(recorded) > 15
    assert changed_since(recorded, picture.language) == [], "run `make screenshots`"


def test_changed_and_removed_texts_are_detected() -> None:
    texts = Texts("pt-BR")
    lines = [
        texts("forecast.median"),
        texts("forecast.from"),
        "12 pregões terminaram desde então. E outra frase.",
        "de lá",
    ]
    recorded = texts_in(lines, "pt-BR")
    assert {"forecast.median", "forecast.from", "forecast.behind"} <= recorded.keys()
    assert not {"export.csv", "forecast.to", "closes.jump"} & recorded.keys()
    assert changed_since(recorded, "pt-BR") == []
    assert "forecast.median" in changed_since(recorded, "en")
    assert changed_since({"removed": recorded["forecast.median"]}, "pt-BR") == ["removed"]
