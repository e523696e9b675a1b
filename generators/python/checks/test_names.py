"""The list of hostile names has all that mean something to Python or to its runtime."""

import ast
import builtins
import enum
import keyword
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
LIST = REPOSITORY / "generators/hostile/names.txt"
RUNTIME = REPOSITORY / "runtimes/python/src/rapace"


def exported() -> set[str]:
    """What the runtime's modules say that they have for others."""
    names: set[str] = set()
    for module in RUNTIME.rglob("*.py"):
        for statement in ast.parse(module.read_text()).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                    names.update(ast.literal_eval(value))
    return names


def test_no_name_is_missing_in_the_list() -> None:
    lines = LIST.read_text().splitlines()
    listed = {name for line in lines if line[:1] not in ("#", "!") for name in line.split()}
    runtime = exported()
    assert {"AsyncClient", "Connection", "connect", "sync"} <= runtime
    wanted = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *dir(object), *dir(type), *dir(enum.Enum), *runtime}
    missing = wanted - listed
    assert not missing, f"add these to {LIST.relative_to(REPOSITORY)}: {' '.join(sorted(missing))}"
