"""Where a target may be: what can be said of an address before anybody looks its name up.

Whoever connects checks again what the name leads to (ARCHITECTURE.md, "Multistream").
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

MAX_CHARS = 500
DEFAULT_PORTS = {"rtmp": 1935, "rtmps": 443}
LOW_PORTS = frozenset({80, 443})
FIRST_HIGH_PORT = 1024
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?")
PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]{1,200}){1,8}/?")
# Names that lead to the machine or the network itself, whatever the resolver says.
LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan", "intranet", "corp", "home")
LAST_LABEL_OF_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class AddressUnfit(ValueError):
    """The address may not be connected to; the message says why, to who typed it."""


def fit_address(url: str, *, allow_private: bool) -> str:
    """The address as it is kept, without a slash at its end. Raises AddressUnfit."""
    if len(url) > MAX_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressUnfit("It is too long, or has characters that no address has.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressUnfit("It is no address.") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in DEFAULT_PORTS or not host:
        raise AddressUnfit("It has to begin with rtmp:// or rtmps:// and a host.")
    if parts.username is not None or parts.password is not None:
        raise AddressUnfit("Put no user name and no password into it.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise AddressUnfit("Put the stream key into its own field, and no query here.")
    if PATH.fullmatch(parts.path) is None or ".." in parts.path.split("/"):
        raise AddressUnfit("It has to name an application, as in rtmp://live.example.com/app.")
    _check_port(DEFAULT_PORTS[scheme] if port is None else port)
    _check_host(host, allow_private=allow_private)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def _check_port(port: int) -> None:
    if port not in LOW_PORTS and port < FIRST_HIGH_PORT:
        raise AddressUnfit("Its port is none that takes streams.")


def _check_host(host: str, *, allow_private: bool) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        _check_name(host, allow_private=allow_private)
        return
    if not allow_private and not is_public(address):
        raise AddressUnfit("It leads into a private network.")


def _check_name(name: str, *, allow_private: bool) -> None:
    if len(name) > 253 or NAME.fullmatch(name) is None:
        raise AddressUnfit("Its host is no name.")
    labels = name.rstrip(".").split(".")
    # Resolvers read such names as IPv4 addresses in the notations of inet_aton: 127.1, 0x7f000001, 2130706433.
    if LAST_LABEL_OF_NUMBER.fullmatch(labels[-1]):
        raise AddressUnfit("Its host is no name.")
    if not allow_private and (len(labels) == 1 or name.rstrip(".").endswith(tuple(f".{end}" for end in LOCAL_NAMES))):
        raise AddressUnfit("It leads into a private network.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the internet, and no way around to another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
