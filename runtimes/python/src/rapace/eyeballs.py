"""A host with several addresses: the next address is tried while the one before is silent (RFC 8305).

The first that connects is taken, and the others are closed. `aio.dial` and `sync.dial` make the attempts.
"""

import socket
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Final, TypeAlias

Resolved: TypeAlias = tuple[int, tuple[object, ...]]
"""An address family and an address of it, as sockets take them."""

ATTEMPT_DELAY_SECONDS: Final = 0.25
"""How long an address may be silent before the next one is tried too: what RFC 8305 recommends."""


def resolve(host: str, port: int) -> list[Resolved]:
    """The addresses of a host, families in turn. Asks the system's resolver, which may take long."""
    return in_turn(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def in_turn(found: Sequence[tuple[int, int, int, str, tuple[object, ...]]]) -> list[Resolved]:
    """The addresses of the first family and of the others in turn. The resolver's first address is the first."""
    first = [(family, address) for family, _, _, _, address in found if family == found[0][0]]
    others = [(family, address) for family, _, _, _, address in found if family != found[0][0]]
    alternating = chain.from_iterable(zip_longest(first, others))
    return [resolved for resolved in alternating if resolved is not None]
