"""What CONTRIBUTING.md promises: each line of its tables names tests that are there."""

import re
from pathlib import Path

import uvloop

from .conftest import LOOPS
from .flavors import FLAVORS

RUNTIME = Path(__file__).resolve().parents[1]
REPOSITORY = RUNTIME.parents[1]
# What stands before a test's name, and where those tests are.
PLACES = {
    "": "runtimes/python/tests/**/*.py",
    "checks": "generators/python/checks/*.py",
    "generator": "generators/python/tests/*.rs",
    "bookshop": "examples/bookshop/clients/python/tests/*.py",
}


def test_every_promise_names_tests_that_are_there() -> None:
    _, table = (RUNTIME / "CONTRIBUTING.md").read_text().split("## What is promised")
    tests = {
        place: set(re.findall(r"^\s*(?:def|fn) (\w+)", "\n".join(map(Path.read_text, files)), re.MULTILINE))
        for place, files in ((place, sorted(REPOSITORY.glob(pattern))) for place, pattern in PLACES.items())
    }
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    promises = [row for row in rows if row[1] != "held by" and not row[1].startswith("---")]
    assert len(promises) > 40
    for promise, held_by in promises:
        named = re.findall(r"`(?:([a-z]+):)?(\w+)`", held_by)
        assert named, f"no test holds: {promise}"
        for place, name in named:
            assert name in tests[place], f"{promise}: no test {name} in {PLACES[place]}"


def test_scenarios_run_on_asyncio_on_uvloop_and_in_threads() -> None:
    assert [*FLAVORS] == ["asyncio", "uvloop", "blocking"]
    loop = LOOPS["uvloop"]()
    loop.close()
    assert isinstance(loop, uvloop.Loop)
