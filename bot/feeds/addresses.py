"""Which addresses the bot opens: web addresses, on machines that anybody may reach. Pure: asks no name server."""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yarl import URL

from bot.feeds.documents import Failure, Trouble

#: In characters, as it is sent. Longer ones are seldom feeds, and not every server takes them.
LONGEST_URL = 2000
#: A name's parts have at most 63 characters, all of it 253 (RFC 1035, 2.3.4). Underscores do occur in blogs' names.
_NAME = re.compile(r"(?=.{1,254}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
#: What operating systems take for a number: no top-level domain looks so (URL standard, "ends in a number").
_ENDS_IN_A_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?")

#: What `IPv4Address.is_global` lets through, in some Python or in all, and no blog stands at.
_IPV4_GAPS = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890); newer Pythons call .9 and .10 global
    IPv4Network("192.88.99.0/24"),  # relays from IPv4 into 6to4, given up (RFC 7526)
)
#: All of IPv6 that was given out to the world (RFC 4291, 2.4, and IANA's register). Outside of it `is_global` lets
#: through what has no business here: site-local fec0::/10 (RFC 3879), routes within one network 5f00::/16
#: (RFC 9602), translation within one network 64:ff9b:1::/48 (RFC 8215), IPv4 in ::/96 (RFC 4291, 2.5.5.1).
_IPV6_WORLD = IPv6Network("2000::/3")
#: The same as `_IPV4_GAPS` for `IPv6Address.is_global`, within `_IPV6_WORLD`.
_IPV6_GAPS = (
    # Protocol assignments (RFC 2928), with Teredo's tunnels to any IPv4 (RFC 4380); newer Pythons call parts global.
    IPv6Network("2001::/23"),
    IPv6Network("2002::/16"),  # 6to4: tunnels to any IPv4 (RFC 3056)
    IPv6Network("3fff::/20"),  # documentation (RFC 9637), newer than Python 3.11
)
#: Translates to the IPv4 address in its last 32 bits (RFC 6052, 2.1). Where a machine has IPv6 alone, name servers
#: answer with it for every blog that has IPv4 alone, so what is inside decides. A network may translate from a
#: range of its own instead; nobody can tell from the address.
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether `address` is one that anybody in the world may reach; anything doubtful is not."""
    if isinstance(address, IPv4Address):
        return address.is_global and not (address.is_multicast or any(address in gap for gap in _IPV4_GAPS))
    if address.scope_id:
        return False  # A zone ("%eth0") belongs to a link of this machine.
    if address.ipv4_mapped:  # The operating system opens the IPv4 address inside.
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _IPV6_WORLD and address.is_global and not any(address in gap for gap in _IPV6_GAPS)


def is_allowed(host: str, port: int | None, allowed_hosts: frozenset[str]) -> bool:
    """Whether this host was allowed by name: `localhost`, `127.0.0.1:8080`, `::1` or `[::1]:8080`, in small letters."""
    host = host.removesuffix(".")
    names = {f"[{host}]", f"[{host}]:{port}", host} if ":" in host else {host, f"{host}:{port}"}
    return not names.isdisjoint(allowed_hosts)


def web_address(text: str, allowed_hosts: frozenset[str] = frozenset(), base: URL | None = None) -> URL | Failure:
    """`text` as an address to open, in the form in which it is sent and without a fragment, or why it is not opened.

    A name is not looked up: what it stands for is judged when it is. `allowed_hosts` are opened wherever they are.
    `text` may be relative to a `base`.
    """
    try:
        url = URL(text.strip()).with_fragment(None)
        url = base.join(url) if base else url
    except ValueError:
        return _refusal("This is not a complete web address; please check it for typing errors.")
    host = url.raw_host or ""
    if url.scheme not in ("http", "https") or not host or url.port == 0:
        return _refusal("A blog's address begins with http:// or https:// and the name of its site.")
    if url.user is not None or url.password is not None:
        return _refusal("This address has a user name or a password in it; please give one without.")
    if len(str(url)) > LONGEST_URL:
        return _refusal(f"This address is too long: I open those of up to {LONGEST_URL} characters.")
    if is_allowed(host, url.port, allowed_hosts):
        return url
    return _fault_of(host) or url


def _fault_of(host: str) -> Failure | None:
    """Why this host is none to open, as far as its writing shows: 127.1 and 0x7f.1 are ways to write an address."""
    if ":" in host or _ENDS_IN_A_NUMBER.fullmatch(host):
        return None if _is_public_literal(host) else private_address()
    if not _NAME.fullmatch(host):
        return _refusal("The name of the site in this address cannot be right; please check it for typing errors.")
    return None


def _is_public_literal(host: str) -> bool:
    try:
        return is_public(ip_address(host))
    except ValueError:
        return False


def private_address() -> Failure:
    """The failure for a host that stands at an address not everybody can reach."""
    return _refusal("This address leads into a private network, and I only read blogs that everybody can reach.")


def _refusal(reason: str) -> Failure:
    return Failure(Trouble.FORBIDDEN_ADDRESS, reason)
