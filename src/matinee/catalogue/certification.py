"""Age ratings: the age a certificate asks for, in years.

Only certificates that name an age, or whose board does, are known here. The same letters mean
different ages at different boards ("R" is 17 in the United States, 18 elsewhere); the American
meaning is taken, since catalogues give American certificates first.

Sources: the published rating guides of MPA and TV Parental Guidelines (US), BBFC (UK), CBFC
(India), CHVRS (Canada), ACB (Australia), and the boards whose certificates are plain ages.
"""

from __future__ import annotations

import re

_AGES = {
    # MPA. PG leaves it to the parents; 8 is what the boards with ages give most such films.
    "G": 0,
    "PG": 8,
    "PG-13": 13,
    "R": 17,
    "NC-17": 18,
    "X": 18,
    # TV Parental Guidelines.
    "TV-Y": 0,
    "TV-G": 0,
    "TV-Y7": 7,
    "TV-Y7-FV": 7,
    "TV-PG": 8,
    "TV-14": 14,
    "TV-MA": 17,
    # BBFC, CBFC, ACB and CHVRS, as far as they are not plain ages.
    "U": 0,
    "UC": 0,
    "UA": 12,
    "A": 18,
    "S": 18,
    "M": 15,
    "MA15+": 15,
    "MA 15+": 15,
    "R18+": 18,
    "X18+": 18,
    "14A": 14,
    "18A": 18,
    # Universal at boards that otherwise give ages.
    "AL": 0,
    "ALL": 0,
    "T": 0,
    "L": 0,
    "TP": 0,
}
_PLAIN = re.compile(
    r"(?:FSK|PEGI|UA|VM|K|SU|-|\+)?[ -]?(\d{1,2})(?:A|PG|\+|\s?ans)?", re.IGNORECASE
)


def certificate_age(certificate: str | None) -> int | None:
    """Return the age in years a certificate asks for, None where it says nothing known.

    >>> certificate_age("PG-13"), certificate_age("TV-MA"), certificate_age("FSK 16")
    (13, 17, 16)
    >>> certificate_age("12A"), certificate_age("UA 16+"), certificate_age("Not Rated")
    (12, 16, None)
    """
    if not certificate:
        return None
    text = certificate.strip().upper()
    if (age := _AGES.get(text)) is not None:
        return age
    plain = _PLAIN.fullmatch(text)
    return int(plain[1]) if plain and int(plain[1]) <= 21 else None
