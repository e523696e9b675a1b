"""Marks for deprecated methods, as PEP 702 has them; Python's own came with 3.13."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Type checkers know this one without the package.
    from typing_extensions import deprecated
else:
    import functools
    import warnings

    def deprecated(note):
        """Marks a function: type checkers strike it through, and calling it raises a `DeprecationWarning`."""

        def mark(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                warnings.warn(note, DeprecationWarning, stacklevel=2)
                return function(*args, **kwargs)

            wrapper.__deprecated__ = note
            return wrapper

        return mark


__all__ = ["deprecated"]
