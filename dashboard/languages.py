"""Languages of the dashboard: one gettext catalogue each, `locale/LANGUAGE.po`."""

from dataclasses import dataclass
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES: Final = Path(__file__).with_name("locale")
_DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the dashboard.

    Attributes:
        locale: Formats of numbers and dates.
        texts: Texts by key.
    """

    locale: Locale
    texts: GNUTranslations

    @property
    def name(self) -> str:
        """The language's own name, for example `Português (Brasil)`."""
        name = self.locale.get_display_name() or str(self.locale)
        return name[0].upper() + name[1:]


def read_languages(folder: Path) -> dict[str, Language]:
    """Read all catalogues in a folder: `pt_BR.po` has the tag `pt-BR`.

    Raises:
        PoFileError: A file is not a valid catalogue.
    """
    return {path.stem.replace("_", "-"): _read(path) for path in sorted(folder.glob("*.po"))}


def _read(path: Path) -> Language:
    locale = Locale.parse(path.stem)
    with path.open("rb") as source:
        catalogue = read_po(source, locale, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(locale, GNUTranslations(compiled))


# Tag, as in `?lang=` -> language.
LANGUAGES: Final = read_languages(CATALOGUES)


def chosen_language(requested: str | None, browser: str | None) -> str:
    """Return the tag of the language to use: that of the URL, otherwise that of the browser, otherwise English.

    A variant without a catalogue gets another variant of the same language.

    Args:
        requested: Language tag in the URL.
        browser: Language tag of the browser.
    """
    tag = (requested or browser or _DEFAULT).lower().replace("_", "-")
    tags = {one.lower(): one for one in LANGUAGES}
    variants = {one.partition("-")[0]: one for one in reversed(tags)}
    found = negotiate_locale([tag, tag.partition("-")[0]], tags, sep="-", aliases=variants)
    return tags[found] if found else _DEFAULT
