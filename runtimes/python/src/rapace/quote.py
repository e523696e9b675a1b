"""Texts of a peer, as errors and logs quote them."""

import unicodedata
from typing import Final

_MOST_BYTES: Final = 1024
"""How many bytes of a peer's text are quoted: enough for a message, too few to flood a terminal or a log."""
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that steer a terminal or hide: controls, formats (those of direction among them), breaks."""
_BREAKS: Final = "\t\n\v\f\r\x85\u2028\u2029"


def quoted(text: str) -> str:
    """A peer's text without what could forge lines or steer a terminal, at most 1,024 bytes of it.

    Line breaks and tabs become spaces, other control characters U+FFFD. A text that was cut ends in `...`.
    """
    # Each character is a byte at least, so that no more of a long text need be looked at.
    start = "".join(map(_shown, text[: _MOST_BYTES + 1]))
    data = start.encode("utf-8", "replace")
    if len(data) <= _MOST_BYTES:
        return start
    return data[: _MOST_BYTES - 3].decode("utf-8", "ignore") + "..."


def _shown(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in _BREAKS:
        return " "
    return _REPLACEMENT if unicodedata.category(character) in _UNSEEN else character


def seconds(number: float) -> str:
    """A time in words, rounded to a millisecond."""
    rounded = round(number, 3)
    return f"{rounded if rounded or number <= 0 else 0.001:.10g} s"
