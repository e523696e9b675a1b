"""Plans: what a generated package says of its types and methods, as plain data.

The module `_plan` of a generated package has two dictionaries. The careful codec (`careful`) and the accelerator read
them.

`TYPES` maps the name of each class to its form. A form is one of:

- a scalar: `"unit"`, `"bool"`, `"u8"` … `"u128"`, `"i8"` … `"i128"`, `"f32"`, `"f64"`, `"char"`, `"string"`, `"bytes"`;
- the name of another entry of `TYPES`;
- `("option", form)`;
- `("list", form, size)`, `("frozen_list", form, size)`, `("set", form, size)`, `("frozen_set", form, size)` and
  `("map", key, value, size)`, where `size` is the nominal size of a decoded item or entry;
- `("tuple", form, …)`, `("array", form, length)`, `("fixed_bytes", length)`;
- `("enum", class)`, `("record", class, (name, form), …)`, `("union", record, …)`;
- `("open", class)`: an enum of which a value may also be an `int`, the index of a variant that the class does not have;
- `("nested", form, size)`: a record or union that can contain itself, with its nominal size;
- `("adapted", adapter, form)`: what the adapter makes of a value of the form.

A newtype has the form of what is inside it, and is no step of an error's path. Neither is `Some`, the record that wraps
the value of an option which may itself be `None`.

`METHODS` maps the name of each method's constant to the form of its answer. If the method takes arguments, the name of
their encoder follows, and then a pair `(name, form)` for each argument.
"""

from typing import TypeAlias

from .adapted import Adapter

Form: TypeAlias = "str | int | type | Adapter | tuple[Form, ...]"
"""A word, or a tuple that begins with one. A tuple also holds classes, adapters, lengths and sizes."""
Forms: TypeAlias = dict[str, tuple[Form, ...]]
"""The forms of types by class, or of methods by constant."""


class Plan:
    """The types of a package, and what codecs ask about their forms."""

    __slots__ = ("_zero_sized", "types")

    types: Forms

    def __init__(self, types: Forms) -> None:
        self.types = types
        self._zero_sized: set[str] = set()
        # A type waits for those that its fields name. Most of these come before it, so a second pass finds nothing.
        found = -1
        while found < len(self._zero_sized):
            found = len(self._zero_sized)
            self._zero_sized.update(name for name, form in types.items() if self.is_zero_sized(form))

    def is_zero_sized(self, form: Form) -> bool:
        """True when values of the form take no bytes."""
        match form:
            case str():
                return form == "unit" or form in self._zero_sized
            case ("fixed_bytes", length):
                return length == 0
            case ("array", item, length):
                return length == 0 or self.is_zero_sized(item)
            case ("tuple", *items):
                return all(map(self.is_zero_sized, items))
            case ("record", _, *fields):
                return all(self.is_zero_sized(field) for _, field in pairs(fields))
            case ("nested", inner, _) | ("adapted", _, inner):
                return self.is_zero_sized(inner)
            case _:
                return False

    def may_collide(self, form: Form) -> bool:
        """True for keys of which a peer can choose as many as it likes with one hash value.

        They hold more than 64 bits of numbers. The hashes of texts cannot be foreseen.
        """
        while isinstance(form, str) and form in self.types:
            form = self.types[form]
        if isinstance(form, str):
            return form in ("u128", "i128", "f32", "f64")
        match form:
            case ("enum" | "open" | "fixed_bytes", _):
                return False
            case _:
                return True


def pairs(items: list[Form]) -> list[tuple[str, Form]]:
    """The pairs of a name and a form that a record or method has."""
    made: list[tuple[str, Form]] = []
    for item in items:
        match item:
            case (str() as name, form):
                made.append((name, form))
            case _:
                raise not_a_form(item)
    return made


def not_a_form(form: Form) -> ValueError:
    """The error for what is not a form."""
    return ValueError(f"not a form of a plan: {form!r}")
