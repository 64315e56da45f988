from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.feeds.addresses import LONGEST_URL, is_allowed, is_public, web_address
from bot.feeds.documents import Failure, Trouble

PRIVATE = {
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "link-local, with what clouds keep there": ["169.254.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "a zone of this machine": ["2606:4700::1%eth0"],
    "site-local": ["fec0::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast and reserved": ["255.255.255.255", "240.0.0.1", "4000::1", "e000::1"],
    "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
    "protocol assignments": ["192.0.0.1", "192.0.0.9", "192.0.0.10", "192.0.0.170", "2001:1::1", "2001:20::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "discard": ["100::1"],
    "segment routing": ["5f00::1"],
    "relays into 6to4": ["192.88.99.1"],
    "IPv4 inside: mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:192.88.99.1"],
    "IPv4 inside: compatible": ["::127.0.0.1", "::10.0.0.1", "::8.8.8.8"],
    "IPv4 inside: translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
    "IPv4 inside: NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe"],
    "IPv4 inside: NAT64 within a network": ["64:ff9b:1::8.8.8.8", "64:ff9b:1::10.0.0.1"],
    "IPv4 inside: 6to4": ["2002:7f00:1::1", "2002:0a00:1::", "2002:0808:0808::1"],
    "IPv4 inside: Teredo": ["2001:0:7f00:1::1", "2001::1"],
}
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::200e"]


@pytest.mark.parametrize("address", [address for addresses in PRIVATE.values() for address in addresses])
def test_an_address_that_not_everybody_can_reach_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_wrapping(address: IPv4Address) -> None:
    assert is_public(IPv6Address(f"::ffff:{address}")) == is_public(address)
    assert is_public(IPv6Address(f"64:ff9b::{address}")) == is_public(address)
    assert not is_public(IPv6Address(f"::{address}"))
    assert not is_public(IPv6Address(f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1"))


@given(st.ip_addresses())
def test_whatever_python_calls_special_is_not_public(address: IPv4Address | IPv6Address) -> None:
    special = address.is_private or address.is_multicast or address.is_link_local or address.is_unspecified
    if special and not getattr(address, "ipv4_mapped", None):
        assert not is_public(address)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://blog.example/feed", "https://blog.example/feed"),
        ("  HTTPS://Blog.Example/Feed \n", "https://blog.example/Feed"),
        ("http://blog.example:8080/feed?a=b#top", "http://blog.example:8080/feed?a=b"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://例え。jp/", "https://xn--r8jz45g.jp/"),
        ("https://my_blog.example./", "https://my_blog.example./"),
        ("http://8.8.8.8/feed", "http://8.8.8.8/feed"),
        ("http://[2606:4700::1111]/feed", "http://[2606:4700::1111]/feed"),
    ],
)
def test_a_web_address_is_opened_in_the_form_in_which_it_is_sent(written: str, sent: str) -> None:
    assert web_address(written) == URL(sent, encoded=True)


@pytest.mark.parametrize(
    "host",
    [
        *["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1%25eth0]", "169.254.169.254"],
        *[
            "2130706433",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "0",
            "1.2.3",
            "0x",
        ],
        *["a.b.127", "134744072", "0x08080808", "8.8.2056"],
    ],
)
def test_an_address_of_a_private_network_is_refused_however_it_is_written(host: str) -> None:
    answer = web_address(f"http://{host}/feed")
    assert isinstance(answer, Failure)
    assert (answer.trouble, "private network" in answer.reason) == (Trouble.FORBIDDEN_ADDRESS, True)


@pytest.mark.parametrize(
    "url",
    [
        *["", "blog.example", "http:", "http:///feed", "http:feed", "//blog.example/", "http:\\\\blog.example"],
        *[
            "file:///etc/passwd",
            "ftp://blog.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "gopher://a.example/",
        ],
        *["http://blog.example:0/", "http://blog.example:65536/", "http://blog.example:x/", "http://[::1/"],
        *["http://a..b/", f"http://{'a' * 64}.example/", "http://a b/", "http://%31%32%37.0.0.1/", "http://a\0b/"],
        *["http://ex\xadample.org/", "http://good.example\\@127.0.0.1/", "http://℀/", f"http://{'a.' * 127}example/"],
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    answer = web_address(url)
    assert isinstance(answer, Failure)
    assert answer.trouble is Trouble.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("user", ["ann:secret", "ann", ":secret", "ann:"])
def test_a_password_does_not_belong_into_an_address(user: str) -> None:
    answer = web_address(f"https://{user}@blog.example/feed")
    assert isinstance(answer, Failure)
    assert "password" in answer.reason
    assert "secret" not in answer.reason


def test_an_address_may_be_long_but_not_too_long() -> None:
    start = "https://blog.example/"
    assert isinstance(web_address(start + "a" * (LONGEST_URL - len(start))), URL)
    assert isinstance(web_address(start + "a" * (LONGEST_URL - len(start) + 1)), Failure)
    assert isinstance(web_address(start + "例" * 300), Failure)


@given(st.text() | st.builds("http://{}/".format, st.text()) | st.builds("http://a.example/{}".format, st.text()))
def test_no_text_is_an_accident(text: str) -> None:
    answer = web_address(text)
    assert isinstance(answer, Failure) or answer.scheme in ("http", "https")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://[::1]:8080/", "::1"),
        ("http://[::1]:8080/", "[::1]"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://2130706433/", "2130706433"),
    ],
)
def test_an_allowed_host_is_opened_wherever_it_is(url: str, allowed: str) -> None:
    assert web_address(url, frozenset({allowed})) == URL(url)


@pytest.mark.parametrize("allowed", ["127.0.0.1:8081", "127.0.0.2", "localhost", "http://127.0.0.1:8080", ""])
def test_no_other_host_is_opened_with_it(allowed: str) -> None:
    assert isinstance(web_address("http://127.0.0.1:8080/", frozenset({allowed})), Failure)


def test_an_ipv6_address_is_not_mistaken_for_another_one_with_a_port() -> None:
    assert not is_allowed("::1", 8080, frozenset({"::1:8080"}))
