"""Which addresses notify may connect to when a browser or a customer chose the host (a push service, a webhook): only public ones, so that
no host name gives access to the operator's network."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

# The only IPv6 addresses that are routed worldwide, and the ranges in it that lead to IPv4 addresses.
_UNICAST = IPv6Network("2000::/3")
_SIX_TO_FOUR, _TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")
_NAT64 = IPv6Network("64:ff9b::/96")
# Python counts some of their addresses as global.
_RESERVED = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))


def is_public(address: str) -> bool:
    """Whether it is a public unicast address. An IPv6 form of an IPv4 address counts as that one. Raises ValueError for no address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _UNICAST or ip in _SIX_TO_FOUR or ip in _TEREDO:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not any(ip in network for network in _RESERVED)
