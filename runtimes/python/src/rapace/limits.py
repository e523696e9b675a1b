"""Every limit of the runtime: its name, default, unit and reason."""

from dataclasses import dataclass, fields

_MIB = 1024 * 1024
_OF_FRAMES = -(1 << 64)
"""Stands for a multiple of `max_frame_bytes`."""
_DECODED_BYTES_PER_FRAME_BYTE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a peer, or a value of one's own, can cost. Chosen when a connection opens.

    Each is a whole number, at least 0; anything else is a `ValueError`.
    """

    max_frame_bytes: int = 16 * _MIB
    """The longest frame without its length prefix: 64 bytes of descriptor and the payload.

    The Rust side sets no bound of its own, so this one is checked before anything is allocated.
    """

    max_stream_bytes: int = 64 * _MIB
    """What one stream may hold for a reader that is slower than the server; beyond it that stream alone fails.

    An item counts as its payload and 64 bytes more, so that a stream of empty items is bounded too.
    """

    stream_high_water_bytes: int = 1 * _MIB
    """What one stream may hold before the socket is no longer read, so that the server waits for the reader.

    It is read all the same while a unary call waits for its answer, or another stream's reader for its next item:
    neither must wait for the slow reader. Below half the mark it is read again.
    """

    max_calls: int = 65_536
    """How many calls, streams and tunnels may be in flight at once; one more fails before it is sent.

    A server answers as fast as it can: whoever starts more than this is not waiting for the answers.
    """

    max_unsent_bytes: int = 1 * _MIB
    """What may wait for a peer that does not read; above it a new call waits, within its timeout, before it sends."""

    max_depth: int = 128
    """How deep values of recursive types may nest, when they are read and when they are written.

    Each value of a recursive type that is open counts one. A release server of rapace 0.5.0 dies of a payload
    nested 500 deep.
    """

    max_decoded_bytes: int = _OF_FRAMES
    """How many bytes one payload may take once it is decoded; 16 times `max_frame_bytes` unless it is given.

    A payload of a few bytes can be a large value. What is counted is nominal and equal in all languages: about what
    objects take, texts apart, which the frame bounds.
    """

    max_zero_sized_items: int = 65_536
    """How many items that need no bytes, such as those of a list of units, one payload may hold in all.

    They cost its sender nothing. The length of all other collections is bounded by the bytes that are there.
    """

    max_abandoned_calls: int = 65_536
    """How many cancelled or timed-out calls are remembered, so that no call reuses a channel that may yet be
    answered. The oldest are forgotten first.
    """

    def __post_init__(self) -> None:
        """Refuses what would bound nothing: no number exceeds NaN."""
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
