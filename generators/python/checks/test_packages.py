"""Generated packages as Python sees them: their exports and wheels, their runtime, and what their errors say."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cases import REPOSITORY, Case, cases

CASES = [pytest.param(case, id=case.name) for case in cases()]


def case(name: str) -> Case:
    return next(case for case in cases() if case.name == name)


@pytest.mark.parametrize("one", CASES)
def test_what_is_exported_is_there(one: Case) -> None:
    for module in [one.module(""), one.module("sync")]:
        assert len(set(module.__all__)) == len(module.__all__)
        for name in module.__all__:
            assert hasattr(module, name), name


@pytest.mark.parametrize(
    "source", [case("bookshop").folder, REPOSITORY / "runtimes/python"], ids=["bookshop", "rapace"]
)
def test_a_wheel_has_everything(source: Path, tmp_path: Path) -> None:
    # The build backend is installed already, so nothing is downloaded.
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    (package,) = (folder for folder in (source / "src").iterdir() if folder.is_dir())
    files = [path for path in package.rglob("*") if path.suffix == ".py" or path.name == "py.typed"]
    assert len(files) > 5
    assert f"{package.name}/py.typed" in names
    for path in files:
        assert str(path.relative_to(source / "src")) in names


def test_a_runtime_of_another_surface_stops_the_import(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import rapace.codegen as c; c.SURFACE = 99\n"
        "sys.path.insert(0, sys.argv[2]); import bookshop\n"
    )
    packaged = case("bookshop").folder.parent / "packaged" / "src"
    arguments = [str(REPOSITORY / "runtimes/python/src"), str(packaged)]
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "generated code needs codegen surface 8, this runtime has 99: generate the code anew" in ran.stderr


def test_a_published_runtime_serves_as_well() -> None:
    script = "import bookshop, rapace; assert bookshop.rapace is rapace; print(bookshop.sync.CatalogClient.__name__)"
    packaged = case("bookshop").folder.parent / "packaged" / "src"
    environment = {"PYTHONPATH": f"{REPOSITORY / 'runtimes/python/src'}:{packaged}"}
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, env=environment)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "CatalogClient\n", "")
    project = (packaged.parent / "pyproject.toml").read_text()
    assert 'dependencies = ["rapace>=0.1.0,<0.2"]' in project


def test_options_of_options_are_told_apart() -> None:
    rapace = case("options").module("rapace")
    assert rapace.Some(None) != None  # noqa: E711 - the comparison is the test
    assert rapace.Some(rapace.Some(None)) != rapace.Some(None)
    assert hash(rapace.Some(1)) == hash(rapace.Some(1))


def test_depth_is_limited_both_ways() -> None:
    one = case("recursion")
    types, rapace = one.module("types"), one.module("rapace")

    def tree(depth: int) -> Any:
        value = types.Tree("leaf", [])
        for _ in range(depth - 1):
            value = types.Tree("x", [value])
        return value

    limit = rapace.Limits().max_depth
    assert limit == 128
    assert one.read("Tree", one.write("Tree", tree(limit))) == tree(limit)
    for depth in (limit + 1, 5_000):
        with pytest.raises(rapace.EncodeError, match=r"nested deeper than the limit of 128") as caught:
            one.write("Tree", tree(depth))
        assert caught.value.path == ".".join(["children[0]"] * limit)
    nested = b"\x01x\x01" * 100_000 + b"\x01x\x00"
    with pytest.raises(rapace.DecodeError, match=r"nested deeper than the limit of 128") as refused:
        one.read("Tree", nested)
    assert refused.value.path == ".".join(["children[0]"] * limit)


def test_a_debug_switch_shows_why_quick_code_gave_up() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from bookshop import _codecs, rapace\n"
        "class Text(str): pass\n"
        "try:\n"
        "    print(_codecs.catalog_find_request(rapace.Limits(), Text('x')))\n"
        "    print(_codecs.CATALOG_GREETING.read(rapace.Limits(), b'\\x80\\x00'))\n"
        "    print(_codecs.catalog_scan_request(rapace.Limits(), 'x', Number(7)))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__)\n"
    ).replace("class Text", "class Number(int): pass\nclass Text")
    source = str(case("bookshop").folder / "src")
    for switch, printed in [("0", "b'\\x01x'\n\nb'\\x01x\\x07'\n"), ("1", "b'\\x01x'\n\nIrregularError\n")]:
        environment = {"RAPACE_DEBUG_QUICK": switch, "RAPACE_PURE_PYTHON": "1"}
        command = [sys.executable, "-c", script, source]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout == printed


def test_a_value_that_contains_itself_is_refused() -> None:
    one = case("recursion")
    types = one.module("types")
    knot = types.Tree("knot", [])
    knot.children.append(knot)
    with pytest.raises(one.module("rapace").EncodeError, match="nested deeper"):
        one.write("Tree", knot)


def test_errors_name_the_field() -> None:
    one = case("bookshop")
    types, rapace = one.module("types"), one.module("rapace")
    order = types.Order(
        id=1,
        customer=2,
        lines=[types.OrderLine(types.Isbn("x"), 1, types.Money(1, types.Currency.EUR))],
        total=types.Money(1, types.Currency.EUR),
        status=types.OrderStatusPacked(parcels=1, grams=[1, 2, 1 << 32]),
        note=None,
        discount=None,
        gift=False,
        placed=0,
    )
    with pytest.raises(rapace.EncodeError) as caught:
        one.write("Order", order)
    assert str(caught.value) == "status.grams[2]: 4294967296 is out of range of u32"
    order.status = types.OrderStatusPlaced()
    order.lines[0].price.currency = "EUR"
    with pytest.raises(rapace.EncodeError) as caught:
        one.write("Order", order)
    assert str(caught.value) == "lines[0].price.currency: expected Currency, got str"
    order.lines[0].price.currency = types.Currency.JPY
    data = bytearray(one.write("Order", order))
    assert data[6:8] == b"\x02\x02"  # minor 1, currency 2: JPY
    data[7] = 3
    with pytest.raises(rapace.DecodeError) as refused:
        one.read("Order", bytes(data))
    assert str(refused.value) == "lines[0].price.currency: variant 3, but the enum has 3 (at byte 7)"


def test_lists_of_units_are_bounded_before_they_are_made() -> None:
    one = case("collections")
    rapace, form = one.module("rapace"), ("list", "unit", 16)
    assert one.read(form, b"\x03") == [None, None, None]
    with pytest.raises(rapace.DecodeError, match="4294967295 zero-sized items exceed the limit of 65536"):
        one.read(form, b"\xff\xff\xff\xff\x0f")
