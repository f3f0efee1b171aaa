"""Who can reach the service: nobody but this machine, unless people have to say who they are."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from matinee.errors import SettingsError

if TYPE_CHECKING:
    from matinee.settings import Settings
    from matinee.store import Store


def check_exposure(host: str, settings: Settings, store: Store) -> None:
    """Refuse to listen on an address that others reach while nobody has to sign in. May block.

    Args:
        host: address or name the server is to listen on.
        settings: say whether there are accounts.
        store: knows whether there is any.

    Raises:
        SettingsError: naming the cure.
        StoreError: the store does not answer, so that it is not known.
    """
    if is_loopback(host):
        return
    where = host or "all addresses"
    if settings.accounts == "off":
        raise SettingsError(
            "Others would reach this address, and accounts are off",
            where=where,
            cure="Unset MATINEE_ACCOUNTS and make an account with: matinee user create NAME "
            "--admin --password; or listen on this machine alone with --host 127.0.0.1",
        )
    if not store.accounts.any_accounts():
        what = "Others would reach this address, and nobody has an account"
        if settings.accounts == "on":
            what += ", so that nobody could sign in either"
        raise SettingsError(
            what,
            where=where,
            cure="Make one with: matinee user create NAME --admin --password, then start again; "
            "or listen on this machine alone with --host 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Tell whether an address or a name to listen on is reached from this machine alone.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "")]
    [True, True, True, False, False, False]
    """
    if names_loopback(host):
        return True
    if not host or _address(host) is not None:
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(names_loopback(str(entry[4][0])) for entry in found)


def names_loopback(name: str) -> bool:
    """Tell whether a name, as it stands, means this machine; no name is looked up.

    >>> [names_loopback(name) for name in ("films.localhost", "127.8.9.1", "[::1]", "evil.example")]
    [True, True, True, False]
    >>> names_loopback("127.0.0.1.evil.example"), names_loopback("2130706433")
    (False, False)
    """
    name = name.casefold().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found
