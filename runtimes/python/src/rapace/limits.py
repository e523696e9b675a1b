"""Every limit of the runtime: its name, default, unit and reason."""

from dataclasses import dataclass, fields
from typing import Final

_MIB = 1024 * 1024
_OF_FRAMES = -(1 << 64)
"""The default of `max_decoded_bytes`: a multiple of `max_frame_bytes`."""
_DECODED_BYTES_PER_FRAME_BYTE = 16


LOGGED_REFUSALS: Final = 100
"""How many refused calls of one connection are logged: a peer must not fill a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a peer, or a value that you send, can cost. Given to `connect`.

    Each is a whole number of at least 0. Anything else fails with a `ValueError`.
    """

    max_frame_bytes: int = 16 * _MIB
    """The longest frame without its length prefix: 64 bytes of descriptor and the payload.

    The Rust side has no bound. This one is checked before anything is allocated.
    """

    max_stream_bytes: int = 64 * _MIB
    """How many bytes one stream may hold for a slow reader. Beyond that the stream fails, and no other.

    An item counts as its payload and 64 bytes more, so that a stream of empty items is bounded too.
    """

    stream_high_water_bytes: int = 1 * _MIB
    """How many bytes one stream may hold before the socket is no longer read, so that the server waits for the reader.

    The socket is read all the same while a unary call waits for its response or another stream's reader for its next
    item: neither waits for the slow reader. Below half of this mark it is read again.
    """

    max_calls: int = 65_536
    """How many calls, streams and tunnels may be in flight at once; one more fails before it is sent.

    A program that starts more calls does not wait for the responses.
    """

    max_served_calls: int = 1024
    """How many calls of the peer may run at once on a connection; one more is refused before its payload is decoded.

    A call runs until its answer is handed to the socket's queue. A call is a task or a thread, and what it holds.
    """

    max_served_bytes: int = 64 * _MIB
    """How many bytes the payloads of the peer's calls may have in all while these run. A call alone always runs."""

    max_unsent_bytes: int = 1 * _MIB
    """How many bytes may wait for a peer that does not read. Above that a new call waits, within its timeout.

    A handler waits too: with its answer, and at the `yield` of a stream.
    """

    max_metadata_bytes: int = 8192
    """How many bytes the keys and values of a call's metadata may have in all; so also those of a hello.

    A request with more is refused before its payload is decoded, and one of ours before it is sent.
    """

    max_depth: int = 128
    """How deep values of recursive types may nest, when they are decoded and when they are encoded.

    Each value of a recursive type inside another counts one. A release server of rapace 0.5.0 dies of a payload
    nested 500 deep.
    """

    max_decoded_bytes: int = _OF_FRAMES
    """How many bytes of memory one decoded payload may take; 16 times `max_frame_bytes` by default.

    A payload of a few bytes can be a large value. The count is nominal and equal in all languages: about the size of
    the objects, without texts, which the frame bounds.
    """

    max_zero_sized_items: int = 65_536
    """How many items without bytes, for example of a list of units, one payload may hold in all.

    They cost the sender nothing. The bytes of the payload bound the length of all other collections.
    """

    max_abandoned_calls: int = 65_536
    """How many cancelled or timed-out calls are remembered, so that no call reuses a channel on which a late response
    may arrive. The oldest are forgotten first.
    """

    def __post_init__(self) -> None:
        """Fails for what would bound nothing: no number exceeds NaN."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "max_decoded_bytes" and value == _OF_FRAMES:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ValueError(f"{field.name} is {value!r}, not a whole number of at least 0")
        if self.max_decoded_bytes == _OF_FRAMES:
            object.__setattr__(self, "max_decoded_bytes", _DECODED_BYTES_PER_FRAME_BYTE * self.max_frame_bytes)


DEFAULT_LIMITS = Limits()
"""The limits of a connection that names none."""
