"""The pictures of the documentation: there, small, shown somewhere, and with the words that the page has now."""

import json

import pytest

from dashboard.texts import WORDS
from tests.dashboard.pictured import changed_since, texts_in
from tests.dashboard.screenshots import FOLDER, PICTURES, TEXTS, Picture

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


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_its_texts_are_those_of_the_page(picture: Picture) -> None:
    kept = json.loads(TEXTS.read_text())[picture.name]
    assert len(kept) > 15
    assert changed_since(kept, picture.language) == [], "`make screenshots` takes the pictures anew"


def test_texts_that_change_are_found() -> None:
    words = WORDS["pt-BR"]
    lines = [
        words["forecast.median"],
        words["forecast.from"],
        "12 pregões terminaram desde então. E outra frase.",
        "de lá",
    ]
    kept = texts_in(lines, "pt-BR")
    assert {"forecast.median", "forecast.from", "forecast.behind"} <= kept.keys()
    assert not {"take.csv", "forecast.to", "closes.jump"} & kept.keys()
    assert changed_since(kept, "pt-BR") == []
    assert "forecast.median" in changed_since(kept, "en")
    assert changed_since({"gone": kept["forecast.median"]}, "pt-BR") == ["gone"]
