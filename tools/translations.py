#!/usr/bin/env python3
"""Collects the texts of the pages and makes their catalogues.

    tools/translations.py update     collect the texts; new ones are left empty in each language
    tools/translations.py compile    make the .mo files of the .po files
    tools/translations.py check      fail if a text is missing, or a file is not as it should be

Names of languages and countries are taken from Unicode's CLDR, by Babel, where nobody wrote others.
See docs/how-to/translate-the-pages.md.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.checkers import checkers
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from matinee._version import __version__
from matinee.catalogue.countries import country_codes, country_name
from matinee.catalogue.languages import language_codes, language_name
from matinee.service import controls
from matinee.service.translations import DEFAULT, DOMAIN, FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = tuple(ROOT / "src" / "matinee" / name for name in ("service", "insights"))
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
_ISSUES = "https://github.com/matinee-film/matinee/issues"
_BEGUN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
"""One moment for all files: when a text was last changed is the version control's to say."""
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "message": None,
    "phrase": None,
    "ngettext": (1, 2),
    "plural": (1, 2),
    "messages": (1, 2),
}
GENRES = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family",
    "Fantasy", "History", "Horror", "Music", "Mystery", "Romance", "Science Fiction", "TV Movie",
    "Thriller", "War", "Western", "Action & Adventure", "Kids", "News", "Reality",
    "Sci-Fi & Fantasy", "Soap", "Talk", "War & Politics",
)  # fmt: skip
"""As TMDb calls them; a catalogue may have others, which stay as they are."""


def texts() -> Catalog:
    """Return every text a page may show, in the order of the files that have it."""
    catalog = Catalog(project="Matinee", charset="utf-8")
    for folder in _FOLDERS:
        for _, _, found, comments, context in extract_from_dir(
            folder, _METHODS, _OPTIONS, _KEYWORDS, ("Translators:",)
        ):
            catalog.add(found, auto_comments=comments, context=context)
    for text in _from_tables():
        catalog.add(text)
    return catalog


def named(locale: Locale) -> dict[str, str]:
    """Return the names of languages and countries in a language, by their English ones."""
    pairs = [(language_name(code), locale.languages.get(code)) for code in language_codes()]
    pairs += [(country_name(code), locale.territories.get(code)) for code in country_codes()]
    return {english: own for english, own in pairs if english and own}


def updated(language: str) -> Catalog:
    """Return the catalogue of a language with all texts of now, those of nobody left out."""
    path = po(language)
    catalog = Catalog(locale=language, domain=DOMAIN, project="Matinee", charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, domain=DOMAIN)
    written = {message.id: message.string for message in catalog if message.id}
    fresh = Catalog(
        locale=language,
        domain=DOMAIN,
        project="Matinee",
        version=__version__,
        header_comment=f"# The pages of Matinee: {LANGUAGES[language]}.",
        msgid_bugs_address=_ISSUES,
        last_translator="The Matinee authors",
        language_team=LANGUAGES[language],
        creation_date=_BEGUN,
        revision_date=_BEGUN,
        charset="utf-8",
        fuzzy=False,
    )
    names = named(Locale.parse(language))
    for message in texts():
        if not message.id:
            continue
        own = written.get(message.id) or (
            names.get(message.id, "") if isinstance(message.id, str) else ""
        )
        fresh.add(message.id, own, auto_comments=message.auto_comments, flags=message.flags)
    return fresh


def po(language: str) -> Path:
    """Return where the texts of a language are written."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def as_po(catalog: Catalog) -> bytes:
    """Return a catalogue as a .po file."""
    made = io.BytesIO()
    write_po(made, catalog, width=100, sort_output=True, omit_header=False)
    return made.getvalue()


def as_mo(path: Path, language: str) -> bytes:
    """Return a .po file as a .mo file."""
    made = io.BytesIO()
    with path.open("rb") as file:
        write_mo(made, read_po(file, locale=language, domain=DOMAIN))
    return made.getvalue()


def faults(language: str) -> list[str]:
    """Return what is wrong with the catalogue of a language, as sentences."""
    path = po(language)
    catalog = updated(language)
    found = [f"{message.id!r} has no translation" for message in catalog if _open(message)]
    with path.open("rb") as file:
        kept = _pairs(read_po(file, locale=language, domain=DOMAIN))
    if kept != _pairs(catalog):
        found.append(f"{path.name} is not what the pages have now: tools/translations.py update")
    for message in catalog:
        for check in checkers if message.id else ():
            try:
                check(catalog, message)
            except ValueError as error:
                found.append(f"{message.id!r}: {error}")
    with path.with_suffix(".mo").open("rb") as file:
        made = _pairs(read_mo(file))
    if made != {key: own for key, own in kept.items() if any(own)}:
        found.append(f"{path.stem}.mo is not made of {path.name}: tools/translations.py compile")
    return found


def _pairs(catalog: Catalog) -> dict[object, tuple[str, ...]]:
    """Return texts and translations, whatever the header says."""
    return {_plain(message.id): tuple(_plain(message.string)) for message in catalog if message.id}


def _plain(text: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _open(message: Message) -> bool:
    return bool(message.id) and not all(_plain(message.string))


def _from_tables() -> list[str]:
    """Return the texts that templates look up in tables of the package."""
    found = list(GENRES)
    for legend, fields in controls.CONTROLS:
        found.append(legend)
        for field in fields:
            found += [field.label, field.hint, *(label for _, label in field.choices)]
    found += [name for code in language_codes() if (name := language_name(code))]
    found += [name for code in country_codes() if (name := country_name(code))]
    return [text for text in dict.fromkeys(found) if text]


def main(what: str) -> int:
    """Do what is asked; return the exit status."""
    wrong: list[str] = []
    for language in LANGUAGES:
        if language == DEFAULT:
            continue
        path = po(language)
        if what == "update":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_po(updated(language)))
        elif what == "compile":
            path.with_suffix(".mo").write_bytes(as_mo(path, language))
        else:
            wrong += [f"{language}: {fault}" for fault in faults(language)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["update"], ["compile"], ["check"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
