"""Values as JSON and back, proven by the recorded vectors: JSON and bytes that facet-postcard says are the same."""

import importlib
import json
import math
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from cases import CASES, REPOSITORY

VECTORS = REPOSITORY / "conformance/recorded/vectors"


def imported(name: str) -> Any:
    source = str(CASES / name / "src")
    if source not in sys.path:
        sys.path.append(source)
    (folder,) = Path(source).iterdir()
    return importlib.import_module(folder.name)


class Fixtures:
    """The package of the conformance suite's fixtures, whose methods answer with every type."""

    def __init__(self) -> None:
        self.package = imported("fixtures")
        self.codec = importlib.import_module(f"{self.package.__name__}._json").JSON
        self.codecs = importlib.import_module(f"{self.package.__name__}._codecs")
        self.limits = self.package.rapace.Limits()
        self.constants = {}
        for constant in importlib.import_module(f"{self.package.__name__}._plan").METHODS:
            _, _, method = getattr(self.codecs, constant).name.partition(".")
            self.constants[method] = constant

    def form(self, method: str) -> Any:
        _, answer, _ = self.codecs.CAREFUL.forms(self.constants[method])
        return answer

    def to_bytes(self, method: str, value: Any) -> bytes:
        data: bytes = self.codecs.CAREFUL.encode_answer(self.constants[method], self.limits, value)
        return data

    def of_bytes(self, method: str, data: bytes) -> Any:
        return getattr(self.codecs, self.constants[method]).read(self.limits, data)


@pytest.fixture(scope="module")
def fixtures() -> Fixtures:
    return Fixtures()


def cases(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text())["cases"]
    return found


def of_hex(text: str) -> bytes:
    """Bytes as vectors write them: `[64x61]` is a byte 64 times."""
    return bytes.fromhex(re.sub(r"\[(\d+)x(\w\w)\]", lambda found: found[2] * int(found[1]), text))


def meant(data: Any) -> str:
    """JSON as a text in which the order of sets' items and maps' entries says nothing."""
    if isinstance(data, list):
        return "[" + ",".join(sorted(map(meant, data))) + "]"
    if isinstance(data, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{meant(value)}" for key, value in sorted(data.items())) + "}"
    return json.dumps(float(data) if type(data) is int else data)


@pytest.mark.parametrize("file", sorted(VECTORS.glob("*.json")), ids=lambda file: file.stem)
def test_json_of_all_vectors_is_that_of_the_bytes_and_comes_back(fixtures: Fixtures, file: Path) -> None:
    for case in cases(file):
        if "value" not in case or "bytes" not in case or "refused" in case:
            continue
        method, expected = case["method"], case["value"]
        form, data = fixtures.form(method), of_hex(case["bytes"])
        decoded = fixtures.of_bytes(method, data)
        assert meant(fixtures.codec.write(form, decoded)) == meant(expected), case["name"]
        read = fixtures.codec.read(form, expected)
        assert meant(fixtures.codec.write(form, read)) == meant(expected), case["name"]
        again = fixtures.of_bytes(method, fixtures.to_bytes(method, read))
        assert meant(fixtures.codec.write(form, again)) == meant(expected), case["name"]


def test_json_that_no_value_has_is_refused(fixtures: Fixtures) -> None:
    refused = 0
    for case in cases(VECTORS / "05-unfit-values.json"):
        try:
            value = fixtures.codec.read(fixtures.form(case["method"]), case["value"])
        except fixtures.package.rapace.JsonError:
            refused += 1
        else:  # JSON has no limits of depth and number.
            with pytest.raises(fixtures.package.rapace.EncodeError):
                fixtures.to_bytes(case["method"], value)
    assert refused > 100


@pytest.fixture(scope="module")
def bookshop() -> Any:
    return imported("bookshop")


def book(bookshop: Any, **changes: Any) -> Any:
    fields = {
        "isbn": bookshop.Isbn("978"),
        "title": "Rust",
        "authors": [bookshop.Author("Ann", born=None)],
        "format": bookshop.Format.EBOOK,
        "price": bookshop.Money(1299, bookshop.Currency.EUR),
        "availability": bookshop.AvailabilityInStock(3),
        "rating": 4.5,
        "weight_kg": 0.5,
        "size_mm": (1, 2, 3),
        "published": -5,
        "sold": 1 << 60,
        "shelf": "A",
        "signed": True,
        "mark": b"\1\2\3\4",
        "tags": {"new"},
        "translations": {"de": "Rost"},
        "thumbnail": b"\xff\xfe",
        "union_number": 1,
    }
    return bookshop.Book(**fields | changes)


def test_an_object_says_which_type_it_is_of(bookshop: Any) -> None:
    data = bookshop.to_json(book(bookshop))
    assert data["price"] == {"minor": "1299", "currency": {"Eur": None}}
    assert data["availability"] == {"InStock": 3}
    assert (data["sold"], data["thumbnail"], data["mark"]) == (str(1 << 60), "//4=", [1, 2, 3, 4])
    assert (data["translations"], data["rating"]) == ([["de", "Rost"]], {"some": 4.5})
    assert bookshop.from_json(bookshop.Book, data) == book(bookshop)
    assert bookshop.loads(bookshop.Book, bookshop.dumps(book(bookshop))) == book(bookshop)
    assert json.loads(bookshop.dumps(book(bookshop), indent=2)) == data
    assert bookshop.to_json(bookshop.FindOutcomeNotFound()) == {"NotFound": None}


def test_other_types_are_given_as_annotations_write_them(bookshop: Any) -> None:
    one = bookshop.Author("Ann", born=1970)
    written = {"name": "Ann", "born": {"some": 1970}}
    not_found = bookshop.FindOutcomeNotFound()
    for expected, value, data in [
        (bookshop.Author, one, written),
        (list[bookshop.Author], [one], [written]),
        (tuple[bookshop.Author, ...], (one,), [written]),
        (tuple[str, bookshop.Author], ("a", one), ["a", written]),
        (dict[str, bookshop.Author], {"a": one}, [["a", written]]),
        (set[bookshop.Isbn], {"1"}, ["1"]),
        (frozenset[bool], frozenset({True}), [True]),
        (bookshop.Author | None, one, {"some": written}),
        (bookshop.Author | None, None, None),
        (bookshop.FindOutcome, not_found, {"NotFound": None}),
        (bookshop.FindOutcome | None, not_found, {"some": {"NotFound": None}}),
        (bookshop.rapace.Some[bookshop.Author | None] | None, bookshop.rapace.Some(None), {"some": None}),
        (bookshop.FindOutcomeNotFound, not_found, {"NotFound": None}),
        (bookshop.Isbn, "1", "1"),
        (bytes, b"\0", "AA=="),
        (float, math.inf, "Infinity"),
        (None, None, None),
    ]:
        assert bookshop.to_json(value, expected) == data, expected
        assert bookshop.from_json(expected, data) == value, expected


def test_what_is_no_type_is_said(bookshop: Any) -> None:
    for expected, message in [
        (int, "int is no type for JSON, which has one form for u32 and another for u64"),
        (list[int], "int is no type for JSON"),
        (json.JSONDecoder, "JSONDecoder is no type of this package"),
        (str | bookshop.Author, "str | Author is no type of this package"),
    ]:
        with pytest.raises(TypeError, match=re.escape(message)):
            bookshop.from_json(expected, {})
    with pytest.raises(TypeError, match=re.escape("the type of a value of class list must be said")):
        bookshop.to_json([])


def test_an_error_has_the_path(bookshop: Any) -> None:
    valid = bookshop.to_json(book(bookshop))
    price = valid["price"]
    for change, message in [
        ({"title": 5}, "title: expected a string, got a number"),
        ({"price": {"minor": "1"}}, 'price: no field "currency"'),
        ({"price": price | {"tax": 1}}, 'price: there is no field "tax"'),
        (
            {"price": price | {"currency": {"Gbp": None}}},
            "price.currency: Currency has no variant 'Gbp': it has Eur, Usd",
        ),
        ({"price": price | {"currency": "Eur"}}, "price.currency: expected an object with one entry, got a string"),
        ({"price": price | {"minor": 5}}, "price.minor: expected a string with an integer, got a number"),
        ({"sold": str(1 << 64)}, "sold: '18446744073709551616' is no integer of u64"),
        ({"sold": "-0"}, "sold: '-0' is no integer of u64"),
        ({"authors": [{"name": "a", "born": {"some": 40000}}]}, "authors[0].born: 40000 is not an integer from -32768"),
        ({"availability": {"InStock": -1}}, "availability.InStock: -1 is not an integer from 0 to 4294967295"),
        ({"rating": 4.5}, 'rating: expected null or {"some": …}, got a number'),
        ({"rating": {"none": 4.5}}, 'rating: expected null or {"some": …}, got an object with the name'),
        ({"size_mm": [1, 2]}, "size_mm: expected 3 items, got 2"),
        ({"tags": ["a", "a"]}, "tags: an item is there twice"),
        ({"translations": [["a", "b"], ["a", "c"]]}, "translations[1]: the key is there twice"),
        ({"translations": [["a"]]}, "translations[0]: expected [key, value], got an array"),
        ({"thumbnail": "AB=="}, "thumbnail: expected a string of base64, got a string"),
        ({"shelf": "ab"}, "shelf: 'ab' is not one character"),
        ({"signed": 1}, "signed: expected true or false, got a number"),
        ({"title": "\ud800"}, "title: unpaired surrogate at character 0"),
    ]:
        with pytest.raises(bookshop.rapace.JsonError, match=re.escape(message)) as caught:
            bookshop.from_json(bookshop.Book, valid | change)
        assert isinstance(caught.value, bookshop.rapace.RapaceError)
    with pytest.raises(bookshop.rapace.EncodeError, match=re.escape("authors[0].name: expected str, got int")):
        bookshop.to_json(book(bookshop, authors=[bookshop.Author(1)]))
    with pytest.raises(bookshop.rapace.JsonError, match="no JSON: "):
        bookshop.loads(bookshop.Book, "{")
    with pytest.raises(bookshop.rapace.JsonError, match="expected FindOutcomeNotFound, got FindOutcomeWithdrawn"):
        bookshop.from_json(bookshop.FindOutcomeNotFound, {"Withdrawn": {"reason": "", "since": "0"}})


def test_values_that_nest_endlessly_are_refused(bookshop: Any) -> None:
    data: Any = {"name": "", "books": [], "children": []}
    value = bookshop.Category("", [], [])
    for _ in range(5000):
        data = {"name": "", "books": [], "children": [data]}
        value = bookshop.Category("", [], [value])
    with pytest.raises(bookshop.rapace.JsonError, match="nested too deep for JSON"):
        bookshop.from_json(bookshop.Category, data)
    with pytest.raises(bookshop.rapace.EncodeError, match="nested too deep for JSON"):
        bookshop.to_json(value)
    del data
    while value.children:  # An object of a class is freed by recursion.
        value = value.children.pop()


def test_json_is_loaded_when_it_is_first_used() -> None:
    code = (
        "import sys, bookshop; assert not [name for name in sys.modules if 'json' in name.split('.')[-1]];"
        "bookshop.to_json; assert 'bookshop._json' in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": str(CASES / "bookshop/src")}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, check=True)
    with pytest.raises(AttributeError, match="module 'bookshop' has no attribute 'to_xml'"):
        assert imported("bookshop").to_xml


def test_an_unknown_variant_of_an_open_enum_is_a_number() -> None:
    package = imported("open")
    format_ = package.Format
    change = package.ChangeFrom(300, after=format_.EBOOK)
    assert package.to_json(change) == {"From": {"before": 300, "after": {"some": {"Ebook": None}}}}
    assert package.from_json(package.Change, package.to_json(change)) == change
    assert package.from_json(format_ | int, 7) == 7
    formats = types.GenericAlias(list, (format_ | int,))
    assert package.from_json(formats, [{"Paper": None}, 2]) == [format_.PAPER, 2]
    assert package.from_json(format_ | int | None, {"some": 7}) == 7
    assert package.to_json(7, format_ | int) == 7
    for data, message in [
        (1, "1 is a variant of Format: write its name"),
        (1 << 32, "4294967296 is not an integer from 0 to 4294967295"),
        (True, "expected an object with one entry, got true"),
        ({"Scroll": None}, "Format has no variant 'Scroll': it has Paper, Ebook"),
    ]:
        with pytest.raises(package.rapace.JsonError) as refused:
            package.from_json(format_ | int, data)
        assert str(refused.value) == message
    with pytest.raises(package.rapace.JsonError, match="expected Format, got int"):
        package.from_json(format_, 7)
