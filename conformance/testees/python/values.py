"""Values in their JSON form, as Python's values and back.

The generated package converts them. Only JSON that it refuses, because it is that of no value, is made into the wrong
Python value that it looks like: the codecs have to refuse that.
"""

import base64
import dataclasses
import importlib
import json
import math
from collections.abc import Iterator
from typing import Any, NewType

from names import Names

SMALL = {"u8", "u16", "u32", "i8", "i16", "i32"}
LARGE = {"u64", "usize", "u128", "i64", "isize", "i128"}
FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


class Values:
    """Turns the JSON form of values into Python's values and back."""

    def __init__(self, api: dict[str, Any], names: Names) -> None:
        self.types = {definition["name"]: definition for definition in api["types"]}
        self.names = names
        self.codec = importlib.import_module(f"{names.package.__name__}._json").JSON
        self.forms = forms_of(api, names.package)
        # Types inside keys of maps and items of sets: their values can be hashed, wherever they stand.
        self.hashable: set[str] = set()
        for ty in list(types_of(api)):
            self.find_keys(ty, inside=False)

    def find_keys(self, ty: Any, *, inside: bool) -> None:
        """Collects the named types inside keys."""
        match ty:
            case {"set": item}:
                self.find_keys(item, inside=True)
            case {"map": {"key": key, "value": value}}:
                self.find_keys(key, inside=True)
                self.find_keys(value, inside=inside)
            case {"option": item} | {"list": item} | {"array": {"item": item}}:
                self.find_keys(item, inside=inside)
            case {"tuple": items}:
                for item in items:
                    self.find_keys(item, inside=inside)
            case {"named": name} if inside and name not in self.hashable:
                self.hashable.add(name)
                for each in field_types(self.types[name]):
                    self.find_keys(each, inside=True)

    def to_json(self, ty: Any, value: Any) -> Any:
        """The JSON form of a value of an argument's or answer's type."""
        return self.codec.write(self.forms[json.dumps(ty)], value)

    def argument(self, ty: Any, value: Any) -> Any:
        """The Python value, or the JSON value itself when it is so wrong that there is none."""
        try:
            return self.codec.read(self.forms[json.dumps(ty)], value)
        except self.names.package.rapace.JsonError:
            pass
        try:
            return self.from_json(ty, value)
        except (KeyError, TypeError, ValueError):
            return value

    def from_json(self, ty: Any, value: Any, *, key: bool = False) -> Any:
        """The Python value, one that can be hashed in a key; what has not the form of its type stays as it is."""
        match ty:
            case str() if ty in LARGE and isinstance(value, str) and value.lstrip("-").isdigit():
                return int(value)
            case "f32" | "f64" if isinstance(value, str) and value in FLOATS:
                return FLOATS[value]
            case "bytes" if isinstance(value, str):
                return base64.b64decode(value)
            case {"option": item} if isinstance(value, dict) and list(value) == ["some"]:
                inner = self.from_json(item, value["some"], key=key)
                return self.names.package.rapace.Some(inner) if self.may_be_none(item) else inner
            case {"list": item} if isinstance(value, list):
                items = (self.from_json(item, each, key=key) for each in value)
                return tuple(items) if key else list(items)
            case {"set": item} if isinstance(value, list):
                items = (self.from_json(item, each, key=True) for each in value)
                return frozenset(items) if key else set(items)
            case {"map": {"key": name, "value": inside}} if isinstance(value, list):
                entries = ((self.from_json(name, k, key=True), self.from_json(inside, v, key=key)) for k, v in value)
                return frozenset(entries) if key else dict(entries)
            case {"array": {"item": "u8"}} if isinstance(value, list):
                return bytes(value)
            case {"array": {"item": item}} if isinstance(value, list):
                return tuple(self.from_json(item, each, key=key) for each in value)
            case {"tuple": types} if isinstance(value, list):
                inner = [self.from_json(item, each, key=key) for item, each in zip(types, value, strict=False)]
                return (*inner, *value[len(types) :])
            case {"named": name}:
                return self.named_from_json(self.types[name], value)
        return value

    def named_from_json(self, definition: dict[str, Any], value: Any) -> Any:
        """A struct or an enum."""
        name = definition["name"]
        if definition["kind"] == "struct":
            if self.is_newtype(definition):
                return self.from_json(definition["fields"][0]["type"], value, key=name in self.hashable)
            fields = self.fields_from_json(definition, value, key=name in self.hashable)
            return value if fields is None else built(self.names.type(name), fields)
        if not isinstance(value, dict) or len(value) != 1:
            return value
        ((chosen, inside),) = value.items()
        variant = next((each for each in definition["variants"] if each["name"] == chosen), None)
        if variant is None:
            return chosen
        if is_plain(definition):
            return list(self.names.type(name))[variant["index"]]
        key = name in self.hashable
        fields = self.fields_from_json(variant, inside, key=key) if is_nested(variant) else []
        return value if fields is None else built(self.names.variants(name)[variant["index"]], fields)

    def fields_from_json(self, fields: dict[str, Any], value: Any, *, key: bool) -> list[Any] | None:
        """The fields in order, or nothing when the value has not their form."""
        each = fields.get("fields", [])
        if fields["style"] == "tuple" and len(each) == 1:
            return [self.from_json(each[0]["type"], value, key=key)]
        if fields["style"] == "struct" and isinstance(value, dict):
            return [self.from_json(field["type"], value[field["name"]], key=key) for field in each]
        if fields["style"] == "tuple" and isinstance(value, list):
            return [self.from_json(field["type"], item, key=key) for field, item in zip(each, value, strict=True)]
        return [] if value is None and not each else None

    def may_be_none(self, ty: Any) -> bool:
        """Whether `None` is a value of the type, so that an option of it needs a wrapper."""
        match ty:
            case "unit" | {"option": _}:
                return True
            case {"named": name}:
                definition = self.types[name]
                return self.is_newtype(definition) and self.may_be_none(definition["fields"][0]["type"])
        return False

    def is_newtype(self, definition: dict[str, Any]) -> bool:
        """A struct which is its only field in Python."""
        return isinstance(self.names.type(definition["name"]), NewType)


def built(kind: Any, values: list[Any]) -> Any:
    """An object with these fields in order, some of which are given by name alone."""
    return kind(**dict(zip((field.name for field in dataclasses.fields(kind)), values, strict=True)))


def forms_of(api: dict[str, Any], package: Any) -> dict[str, Any]:
    """The forms that the package's plan has for the types of arguments and answers."""
    forms: dict[str, Any] = {}
    methods = {method["wire_name"]: method for service in api["services"] for method in service["methods"]}
    for constant in package._plan.METHODS:
        method = methods[getattr(package._codecs, constant).name]
        _, answer, arguments = package._codecs.CAREFUL.forms(constant)
        types = [method["response"], *(argument["type"] for argument in method["arguments"])]
        forms |= zip(map(json.dumps, types), [answer, *arguments], strict=True)
    return forms


def types_of(api: dict[str, Any]) -> Iterator[Any]:
    """All types of fields, arguments and answers."""
    for definition in api["types"]:
        yield from field_types(definition)
    for service in api["services"]:
        for method in service["methods"]:
            yield from (argument["type"] for argument in method["arguments"])
            yield method["response"]


def field_types(definition: dict[str, Any]) -> Iterator[Any]:
    """The types of the fields of a struct or of all variants."""
    for each in definition.get("variants", [definition]):
        yield from (field["type"] for field in each.get("fields", []))


def is_plain(definition: dict[str, Any]) -> bool:
    """An enum without data."""
    return not any(is_nested(variant) for variant in definition["variants"])


def is_nested(variant: dict[str, Any]) -> bool:
    """A variant with fields."""
    return bool(variant.get("fields"))
