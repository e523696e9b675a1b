"""Our side: what a call does to its argument and to its answer, in the package that `rapace gen` wrote."""

from functools import partial

from rapace_benchmarks import _codecs, rapace

from . import Codec

LIMITS = rapace.Limits()


def codec(case: str) -> Codec:
    """The request encoder and the response decoder of the method that is called after the case."""
    method = getattr(_codecs, f"WORKLOAD_{case.upper()}")
    encode = getattr(_codecs, f"workload_{case}_request")
    return Codec(
        convert=lambda value: value,
        encode=partial(encode, LIMITS),
        decode=partial(method.read, LIMITS),
    )
