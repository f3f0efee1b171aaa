"""Mending of texts: entities and tags of HTML, and letters that were read in the wrong encoding.

Only what cannot be meant is mended. "Ã" and "Â" are letters ("SÃO PAULO", "L'ÂGE D'OR"), "<" and
"&" are signs ("A < B", "<3", "AT&T"), and a good text comes back as it went in. What was tried and
why no library does this: docs/decisions/0030-validation.md.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

ROUNDS = 12
"""Times a text is gone over. Tables that were exported again and again hold "&amp;amp;amp;"; what
is still not steady after so many was written to hold a machine up."""

# HTML. A name without its semicolon is left alone, though browsers read it: "Rock&notes".
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAKS = frozenset("br hr p div li ul ol td th tr table blockquote h1 h2 h3 h4 h5 h6".split())
_INLINE = frozenset(
    "a abbr b big center cite code del em font i ins q s small span strike strong sub sup tt u "
    "wbr".split()
)
_ALONE = frozenset("br hr p wbr".split())
"""Elements that stand without an end. Of others an end must be there, or attributes: a film may be
called "Plan <B>"."""
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9]{0,9})"
    r"((?:\s+[A-Za-z][\w:-]*\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>=]+))*)\s*/?>"
)

# What UTF-8 looks like when it was read as Windows-1252: one letter of Latin-1 for the first byte
# of a character, then one to three of these for the others.
_MARKS = "\u00a0\u00ab\u00b7\u00bb…‘’“”•–—™›"
"""Those that may follow a capital in a good text: "«IRMû", "CAFÉ…"."""
_SIGNS = "\u0080-\u009f\u00a1-\u00aa\u00ac-\u00b6\u00b8-\u00ba\u00bc-\u00bf€‚„†‡ˆ‰‹˜"
_ODD = _SIGNS + "ƒŠŒŽšœžŸ"
"""Those that follow none of ÂÃÄÅ. The letters follow other vowels: "Tomáš’s"."""
_ANY = _MARKS + _ODD
_CHARACTER = f"(?:[Â-ß][{_ANY}]|[à-ï][{_ANY}]{{2}}|[ð-ô][{_ANY}]{{3}})"
_MISREAD = re.compile(
    # Accented Latin letters, the most common by far. After a capital a mark may be just that, but
    # not before a small letter, save for "Å’s" and a blank.
    f"(?:[ÂÃÄÅ][{_ODD}]|(?<![A-ZÀ-Þ])[ÂÃ][{_MARKS}]|(?<=[a-z])[ÄÅ][{_MARKS}]"
    f"|[ÂÃÄÅ][«·»…‘“”•–—™›](?=[a-z]))(?:[ÂÃÄÅ][{_ANY}])*"
    # Quotation marks, dashes, dots.
    f"|â€[{_ANY}]"
    # Its last byte has no letter in Windows-1252 and was lost: of the marks that end in such a
    # byte only the closing quotation mark is in common use.
    "|â€(?![\\w'])"
    # Other scripts and rarer letters: several in a row, or one that holds more than marks.
    f"|(?:{_CHARACTER}){{2,}}"
    f"|[à-ï](?:[{_MARKS}{_SIGNS}][{_SIGNS}]|[{_SIGNS}][{_MARKS}])"
    f"|ð[Ÿ\u009f][{_ANY}]{{2}}"
    f"|(?<=[a-z])[Æ-Þ](?!’)[{_ANY}](?=[a-z])"
)
_SUSPECT = re.compile(f"[Â-ô][{_ANY}]")
_LOST_QUOTE = "â€"


def suspect(text: str) -> bool:
    """Tell whether a text may need repair; of nearly all texts three scans in C tell that not.

    >>> suspect("Amélie"), suspect("AmÃ©lie"), suspect("AT&T")
    (False, True, True)
    """
    if "&" in text or "<" in text:
        return True
    return not text.isascii() and _SUSPECT.search(text) is not None


def repaired(text: str) -> str:
    r"""Return ``text`` without entities and tags of HTML, its misread letters read again.

    Repairing what is repaired changes nothing. Blanks and control characters are left to
    :func:`matinee.ingest.text.clean`; an element that breaks the line becomes a blank.

    >>> repaired("AmÃ©lie &amp;amp; <i>Nino</i><br/>donâ€™t meet")
    'Amélie & Nino don’t meet'
    >>> repaired("A < B > C"), repaired("SÃO PAULO"), repaired("<--->"), repaired("AT&T")
    ('A < B > C', 'SÃO PAULO', '<--->', 'AT&T')
    """
    if not suspect(text):
        return text
    found = text
    for _ in range(ROUNDS):
        before = found
        if "&" in found:
            found = _ENTITY.sub(_unescaped, found)
        # An end that is escaped more often than its beginning must not leave without it.
        if found == before and "<" in found:
            found = _without_tags(found)
        if not found.isascii():
            found = _MISREAD.sub(_read_again, found)
        if found == before:
            return found
    return text


def _unescaped(entity: re.Match[str]) -> str:
    told = entity.group()
    # The library would also take the beginning of a name: "&notit;" is no "¬it;".
    return html.unescape(told) if told[1] == "#" or told[1:] in html5 else told


def _without_tags(text: str) -> str:
    ended = {m[2].lower() for m in _TAG.finditer(text) if m[1]}

    def without(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        sure = tag[1] or tag[3] or name in _ALONE or name in ended
        if not sure:
            return tag.group()
        return " " if name in _BREAKS else "" if name in _INLINE else tag.group()

    stripped = _TAG.sub(without, text)
    # A text of nothing but tags is no markup: there is nothing it would mark.
    return stripped if stripped.strip() else text


def _read_again(misread: re.Match[str]) -> str:
    """Return what a run of misread characters was meant to be; what does not decode stays."""
    told = misread.group()
    if told == _LOST_QUOTE:
        return "”"
    # Windows-1252 leaves five bytes undefined; software passes them through as they are.
    octets = b"".join(c.encode("latin-1" if c <= "\u00ff" else "cp1252") for c in told)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return told
