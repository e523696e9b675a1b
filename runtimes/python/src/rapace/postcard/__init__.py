"""The encoding of payloads: postcard, as facet-postcard 0.32 writes and reads it.

Generated code calls these functions, one per field. A value is checked while it is written: what is not of its
type raises `EncodeError` before a byte leaves. Bytes are checked while they are read: what is not a value raises
`DecodeError`, and nothing is allocated on the word of a length prefix.
"""

from .options import Some

__all__ = ["Some"]
