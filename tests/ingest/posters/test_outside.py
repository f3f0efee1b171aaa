"""Which addresses are outside."""

from __future__ import annotations

import ipaddress

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import InputError
from matinee.ingest.outside import Guard, is_public

OUTSIDE = """1.1.1.1 9.9.9.9 13.32.99.5 172.15.255.255 172.32.0.0 192.167.255.255 100.63.255.255
100.128.0.0 169.253.0.1 198.17.255.255 198.20.0.0 223.255.255.254 2600:9000:2000::1
2a00:1450:4001:80e::200e 2606:4700::6810:84e5 64:ff9b::808:808""".split()
INSIDE = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::7f00:0/104 64:ff9b::a00:0/104 64:ff9b::a9fe:0/112
64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 4000::/3 5f00::/16 8000::/1
fc00::/7 fe80::/10 fec0::/10 ff00::/8""".split()


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("network", INSIDE)
def test_inside(network: str) -> None:
    inside = ipaddress.ip_network(network)
    for each in (inside[0], inside[-1], inside[inside.num_addresses // 2], inside[1]):
        assert not is_public(each)


@given(st.sampled_from(INSIDE), st.data())
def test_nothing_of_what_is_inside(network: str, data: st.DataObject) -> None:
    inside = ipaddress.ip_network(network)
    number = data.draw(st.integers(int(inside[0]), int(inside[-1])))
    assert not is_public(type(inside[0])(number))


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_never_better(address: ipaddress.IPv4Address) -> None:
    assert not is_public(ipaddress.IPv6Address(f"::ffff:{address}"))
    assert is_public(ipaddress.IPv6Address(f"64:ff9b::{address}")) == is_public(address)


def test_an_address_of_one_link() -> None:
    assert not is_public(ipaddress.ip_address("2600:9000:2000::1%eth0"))


@pytest.mark.parametrize(
    "url",
    ["http://a.test/x", "ftp://a.test/x", "file:///etc/passwd", "/x", "//a.test", "https:///x",
     "https://me@a.test", "https://me:you@a.test", "https://1.2.3", "https://0x7f.1", "https://1"],
)  # fmt: skip
def test_addresses_that_are_not_asked_for(url: str) -> None:
    with pytest.raises(InputError):
        Guard().check(httpx2.URL(url))


def test_addresses_that_are() -> None:
    Guard().check(httpx2.URL("https://a.test/x?y"))
    Guard().check(httpx2.URL("https://9.9.9.9:8443/x"))
    Guard().check(httpx2.URL("https://[2600::1]/x"))
    Guard(plain=True).check(httpx2.URL("http://a.test/x"))


def test_no_password_is_told() -> None:
    with pytest.raises(InputError) as error:
        Guard().check(httpx2.URL("https://me:secret@a.test"))
    assert "secret" not in str(error.value)
