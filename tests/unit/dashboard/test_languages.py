"""Every catalogue is complete, and a file in the folder is all that a language needs."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest
from babel import Locale
from babel.messages import Catalog

from dashboard.languages import LANGUAGES, chosen_language, read_languages
from dashboard.texts import Texts
from tests.dashboard.catalogues import FILES, catalogue, forms, placeholders

_POLISH: Final = r"""
msgid ""
msgstr ""
"Language: pl\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

msgid "forecast.symbol"
msgstr "Akcja"

msgid "forecast.behind"
msgid_plural "forecast.behind"
msgstr[0] "Jedna sesja."
msgstr[1] "{count} sesje."
msgstr[2] "{count} sesji."
"""


@pytest.mark.parametrize("language", FILES)
def test_catalogue_is_valid_and_complete(language: str) -> None:
    found, english, texts = catalogue(FILES[language]), forms("en"), forms(language)
    locale = Locale.parse(language, sep="-")
    assert found.locale == locale
    assert found.plural_forms == Catalog(locale).plural_forms
    assert texts.keys() == english.keys()
    assert len(texts) == FILES[language].read_text(encoding="utf-8").count('\nmsgid "') - 1, "a key occurs twice"
    for message in found:
        assert not message.fuzzy, message.id
    for key, translated in texts.items():
        assert all(translated), key
        assert len(translated) == (1 if len(english[key]) == 1 else found.num_plurals), key
        # The singular form may omit the count: "One session has ended since."
        assert placeholders("".join(translated)) == placeholders("".join(english[key])), key


def test_every_text_is_translated() -> None:
    english, portuguese = forms("en"), forms("pt-BR")
    assert {key for key, text in english.items() if text == portuguese[key]} == {"ops.ms", "ops.gate_line"}


def test_languages_have_their_own_names() -> None:
    assert [LANGUAGES[tag].name for tag in ("en", "pt-BR")] == ["English", "Português (Brasil)"]


@pytest.mark.parametrize(
    ("requested", "browser", "chosen"),
    [
        (None, None, "en"), (None, "pt-BR", "pt-BR"), (None, "pt", "pt-BR"), (None, "pt-PT", "pt-BR"),
        (None, "en-GB", "en"), (None, "de-DE", "en"), ("en", "pt-BR", "en"), ("pt-BR", "en-US", "pt-BR"),
        ("PT-br", None, "pt-BR"), ("pt_BR", None, "pt-BR"), ("<x>", "pt", "en"),
    ],
)  # fmt: skip
def test_language_of_the_url_overrides_that_of_the_browser(
    requested: str | None, browser: str | None, chosen: str
) -> None:
    assert chosen_language(requested, browser) == chosen


def test_catalogue_in_the_folder_adds_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pl.po").write_text(_POLISH, encoding="utf-8")
    ((tag, language),) = read_languages(tmp_path).items()
    monkeypatch.setitem(LANGUAGES, tag, language)
    assert (language.name, chosen_language(None, "pl-PL")) == ("Polski", "pl")
    polish = Texts("pl")
    assert polish("forecast.symbol") == "Akcja"
    assert [polish.plural("forecast.behind", count) for count in (1, 2, 5)] == ["Jedna sesja.", "2 sesje.", "5 sesji."]
    assert (polish.number(1234.5, 1), polish.separators) == ("1\N{NO-BREAK SPACE}234,5", ",\N{NO-BREAK SPACE}")
    assert polish.day(date(2024, 12, 30)) == "30 gru 2024"
