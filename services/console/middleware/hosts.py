"""By which names the console may be asked, and how its own address is written.

A page of somebody else's can have its name point at this machine (DNS rebinding); its requests then look as if they
were our own, but for the name. So a name must be one that this machine is known by; an address must be this machine's.
"""

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from device_adapters.errors import ConfigError

HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::[0-9]{1,5})?", re.IGNORECASE)
PORT_OF = {"http": 80, "https": 443}


class Hosts:
    """`names`: what the settings add, names or addresses. `url`: how people reach the console, '' if only as it is."""

    def __init__(self, names: Iterable[str] = (), url: str = "") -> None:
        self.url = url.rstrip("/")
        mine = socket.gethostname().lower()
        bare = mine.partition(".")[0]
        given = {
            name.lower().strip("[]").removesuffix(".") for name in (*names, urlsplit(url).hostname or "")
        }
        self._names = {"localhost", mine, bare, f"{bare}.local", *given} - {""}

    def ours(self, scope: Scope) -> bool:
        """Is the name or address that was asked for one of this machine's?"""
        found = HOST.fullmatch(Headers(scope=scope).get("host", ""))
        if found is None:
            return False
        name = found[1].lower().strip("[]")
        reached = (scope.get("server") or ("", 0))[0]
        return name in self._names or _is_here(name, reached)

    def wrote(self, headers: Headers) -> bool:
        """Did a page of this console's send it, or no page at all? As `Origin` says, or the browser itself (which
        knows better where a proxy names another host to us)."""
        origin = headers.get("origin")
        if origin is None or same_site(origin, headers.get("host", "")):
            return True
        if headers.get("sec-fetch-site") == "same-origin":
            return True
        return bool(self.url) and origin.lower() == _origin_of(self.url)

    def link(self, request: Request, path: str) -> str:
        """An address of ours for somebody else: `path` below where the console is reached."""
        if self.url:
            return f"{self.url}{path}"
        scheme = "https" if by_tls(request) else "http"
        return f"{scheme}://{request.headers.get('host', '') or request.url.netloc}{path}"


def proxies_of(settings: Iterable[str]) -> list[str]:
    """Addresses and networks whose word on who asks is believed. ConfigError for what is neither."""
    found = list(settings)
    for one in found:
        try:
            ip_network(one)
        except ValueError as e:
            raise ConfigError(f"http_proxies: {e}; write an address or a network, such as 10.0.0.0/8") from e
    return found


def same_site(origin: str, host: str) -> bool:
    """Does `Origin` name the host that was asked? The scheme may differ: a proxy may end TLS before us."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()


def by_tls(request: Request) -> bool:
    """Did the browser come by TLS, here or at a proxy? As a proxy or the browser itself says: who lies about that
    gets links and cookies that do not work for them."""
    said = request.headers
    if request.url.scheme == "https" or said.get("x-forwarded-proto", "").strip().lower() == "https":
        return True
    for named in (said.get("origin", ""), said.get("referer", "")):
        if named.lower().startswith("https:") and same_site(named, said.get("host", "")):
            return True
    return False


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port if parts.port not in (None, PORT_OF.get(parts.scheme)) else None
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}".lower()


def _is_here(name: str, reached: str) -> bool:
    """Is this an address of this machine? `reached`: the one that the connection came to."""
    try:
        address = ip_address(name)
    except ValueError:
        return False
    if address.is_unspecified or address.is_multicast:
        return False
    if address.is_loopback or name == reached:
        return True
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((name, 0))  # nobody may take an address that is not this machine's
        except OSError:
            return False
    return True
