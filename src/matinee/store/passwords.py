"""Passwords: what of them is kept, and how one is checked."""

from __future__ import annotations

import hashlib
import hmac
import os

from matinee.errors import QueryError
from matinee.store import checks

COST, BLOCK, LANES = 1 << 15, 8, 3
"""N, r and p of scrypt (RFC 7914): one of the settings OWASP's password storage cheat sheet holds
to be equally strong, with 32 MiB a check, so that a few sign-ins at once fit on a small machine."""
_MEMORY = 64 << 20
"""Bytes scrypt may take: 128 * N * r and some."""
_SALT, _LENGTH = 16, 32
SHORTEST, LONGEST = 8, 256
"""Characters; the least is that of NIST SP 800-63B, the most keeps a request cheap."""


def hashed(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        QueryError: it is too short or too long.
    """
    checks.text(password, "The password", most=LONGEST)
    if len(password) < SHORTEST:
        raise QueryError("The password is too short", cure=f"Use at least {SHORTEST} characters")
    salt = os.urandom(_SALT)
    made = _scrypt(password, salt, COST, BLOCK, LANES)
    return f"scrypt${COST}${BLOCK}${LANES}${salt.hex()}${made.hex()}"


def fits(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept.

    Takes as long where none was kept, so that the time tells nobody who has an account.
    """
    if kept is None:
        _scrypt(password[:LONGEST], bytes(_SALT), COST, BLOCK, LANES)
        return False
    _, cost, block, lanes, salt, made = kept.split("$")
    found = _scrypt(password[:LONGEST], bytes.fromhex(salt), int(cost), int(block), int(lanes))
    # What is longer than any password that was ever kept is wrong, though it took as long.
    return hmac.compare_digest(found, bytes.fromhex(made)) and len(password) <= LONGEST


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=lanes,
        maxmem=_MEMORY,
        dklen=_LENGTH,
    )
