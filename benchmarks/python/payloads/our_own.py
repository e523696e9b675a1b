"""Our side: what a call does to its argument and to its answer, in the package that `rapace gen` wrote."""

from types import MethodType

from rapace_benchmarks import _codecs, rapace

from . import Codec

LIMITS = rapace.Limits()


def codec(case: str) -> Codec:
    """The request encoder and the response decoder of the method that is called after the case."""
    method = getattr(_codecs, f"WORKLOAD_{case.upper()}")
    encode = getattr(_codecs, f"workload_{case}_request")
    return Codec(
        convert=lambda value: value,
        # A client passes its limits with the value. Bound methods do so without copying arguments.
        encode=MethodType(encode, LIMITS),
        decode=MethodType(method.read, LIMITS),
    )
