"""Whose tries count together: by what one host may take for an address. Pure."""

from ipaddress import IPv6Address, ip_address

IPV6_HOST_BITS = 64


def network_of(address: str) -> str:
    """The address whose failures count together: itself, or the /64 of an IPv6 address, which one host may roam."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{int(parsed) >> IPV6_HOST_BITS:x}/{IPV6_HOST_BITS}"
