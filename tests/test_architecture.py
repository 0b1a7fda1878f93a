"""Arrows run down the tiers only: rooms, pure layers, owners of third parties and sizes, held by a machine."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.kinds import discover

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reconciler"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
(LAYERS,) = [contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"]
(PURE,) = [contract for contract in CONTRACTS if contract["type"] == "forbidden"]


def files() -> list[Path]:
    """Every file of the program."""
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """The module's full name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


MODULES = {name_of(path): path for path in files()}


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only the type checker sees."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield other
                yield from _running(other)
            continue
        yield child
        yield from _running(child)


@cache
def imports(module: str) -> frozenset[str]:
    """The modules that a module imports when it runs, also those inside of functions."""
    found: set[str] = set()
    for node in _running(tree(MODULES[module])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            assert node.module is not None
            found.add(node.module)
            found |= {
                f"{node.module}.{alias.name}"
                for alias in node.names
                if f"{node.module}.{alias.name}" in MODULES
            }
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"import_module", "__import__"}:
            found |= {str(name.value) for name in node.args if isinstance(name, ast.Constant)}
    return frozenset(found)


def within(module: str, package: str) -> bool:
    """Whether a module is a package or in it."""
    return module == package or module.startswith(f"{package}.")


def layer_of(module: str) -> int | None:
    """The row of the table in which a module stands, from the top."""
    for row, line in enumerate(LAYERS):
        if any(within(module, name.strip()) for name in line.split("|")):
            return row
    return None


@cache
def arrows() -> list[tuple[str, str]]:
    """Which module imports which, all of them ours."""
    return [
        (module, target)
        for module in MODULES
        for target in sorted(imports(module))
        if within(target, "reconciler")
    ]


ROOMS = sorted(
    {
        ".".join(path.relative_to(ROOT).parent.parts)
        for path in files()
        if path.name == "__init__.py" and path.parent != PACKAGE
    }
)


def rows() -> dict[str, list[str]]:
    """DESIGN.md's table of rooms: tier, pure and third parties by the room's dotted name."""
    text = (ROOT / ".github" / "DESIGN.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (\d) \| `([a-z_/]+)/` \| [^|]* \|([^|]*)\|([^|]*)\|$", text, re.MULTILINE)
    return {
        f"reconciler.{room.replace('/', '.')}": [tier, pure.strip(), third.strip()]
        for tier, room, pure, third in found
    }


def test_the_graph_was_read() -> None:
    """The checks below are about something."""
    assert len(MODULES) > 50
    assert len(arrows()) > 150
    assert "reconciler.plan.write_protocol" in imports("reconciler.run.execute")
    assert "httpx" not in imports("reconciler.plan.build")


def test_every_layer_is_a_room_and_every_module_stands_in_one() -> None:
    """At most ten rows, which name folders: no list of modules is kept by hand."""
    named = [name.strip() for line in LAYERS for name in line.split("|")]
    assert len(LAYERS) <= 10
    assert len(set(named)) == len(named)
    assert set(named) <= set(MODULES)
    assert {name for name in named if name not in ROOMS} == {"reconciler.__main__", "reconciler.webhooks"}
    assert [name for name in MODULES if name != "reconciler" and layer_of(name) is None] == []


def test_the_table_of_rooms_is_that_of_the_tree() -> None:
    """DESIGN.md gives each room the tier of the contract, and names the pure ones and the owners of libraries."""
    tiers = {
        name.strip(): tier for tier, line in enumerate(reversed(LAYERS[1:]), 1) for name in line.split("|")
    }
    table = rows()
    assert {room for room in table if room.count(".") == 1} == {
        name for name in tiers if name != "reconciler.webhooks"
    }
    for room, (tier, pure, third) in table.items():
        assert int(tier) == tiers[".".join(room.split(".")[:2])], room
        assert (pure == "pure") == (room in PURE["source_modules"]), room
        assert third == " ".join(owned(room)), room
    assert {room for room, (_, pure, _) in table.items() if pure} == set(PURE["source_modules"])


def test_the_drawing_of_the_rooms_is_the_contract() -> None:
    """DESIGN.md's drawing has the contract's tiers from top to bottom, each with its rooms and an arrow to the next."""
    text = (ROOT / ".github" / "DESIGN.md").read_text(encoding="utf-8")
    (drawing,) = re.findall(r"^```mermaid\nflowchart TD\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    arrows = [
        [sorted(name.strip() for name in side.split("&")) for side in line.split("-->")]
        for line in drawing.splitlines()
    ]
    tiers = [
        sorted(name.strip().removeprefix("reconciler.") for name in line.split("|") if "webhooks" not in name)
        for line in LAYERS[1:]
    ]
    assert arrows == [list(pair) for pair in pairwise(tiers)]


def owned(room: str) -> list[str]:
    """The third parties that a room's modules import, each with the one module that does, as the table has them."""
    users: dict[str, set[str]] = {}
    for module in MODULES:
        if within(module, room):
            for library in third_parties(module):
                users.setdefault(library, set()).add(module)
    return [
        f"`{library}`" + (f" in `{_file(*modules, room)}`" if len(modules) == 1 else "")
        for library, modules in sorted(users.items())
    ]


def _file(module: str, room: str) -> str:
    """A module's file as a reader of its room's folder would name it."""
    return MODULES[module].relative_to(MODULES[room].parent).as_posix()


def third_parties(module: str) -> set[str]:
    """The libraries of others that a module imports."""
    return {target.split(".")[0] for target in imports(module)} - {"reconciler", *sys.stdlib_module_names}


def test_the_pure_rooms_are_all_those_that_are_pure() -> None:
    """A room that imports nothing of the world is under the contract, and one that is under it is such a room."""
    impure = {
        module
        for module in MODULES
        if any(within(target, name) for target in imports(module) for name in PURE["forbidden_modules"])
    }
    clean = [room for room in ROOMS if not any(within(module, room) for module in impure)]
    tops = {room for room in clean if room.rpartition(".")[0] not in clean}
    assert tops - {"reconciler.commands.verify_webhook"} == set(PURE["source_modules"])


def test_arrows_point_down_the_table_only() -> None:
    """No module imports one of a higher row, or a neighbour's in its own row."""
    wrong = []
    for module, target in arrows():
        high, low = layer_of(module), layer_of(target)
        if high is None or low is None:
            continue
        same = any(
            within(module, name.strip()) and within(target, name.strip()) for name in LAYERS[high].split("|")
        )
        if low < high or (low == high and not same):
            wrong.append(f"{module} imports {target}")
    assert wrong == []


@pytest.mark.parametrize("folder", ["kinds", "rules", "outputs", "commands"])
def test_siblings_do_not_know_each_other(folder) -> None:
    """Adding one is adding one file or folder; what they share knows none of them, and begins with ``_``."""

    def sibling(module: str) -> str | None:
        below = module.split(".")[2:3] if within(module, f"reconciler.{folder}") else []
        return below[0] if below and not below[0].startswith("_") else None

    assert len({sibling(module) for module in MODULES}) > 2
    wrong = [
        (module, target)
        for module, target in arrows()
        if module.startswith(f"reconciler.{folder}.") and sibling(target) not in {None, sibling(module)}
    ]
    assert wrong == []


def test_phases_and_kinds_are_named_in_their_own_room_alone() -> None:
    """No text elsewhere is a kind's name or a phase's: others ask a kind for what they must know of it.

    The sandbox is a tenant and no client; rules name documents and their blocks.
    """
    names = {name for kind in discover().values() for name in (kind.name, kind.phase)}
    files_ = {
        f"reconciler.kinds.{path.stem}"
        for path in (PACKAGE / "kinds").glob("*.py")
        if not path.name.startswith("_")
    }
    assert len(names) == 5
    assert len(files_) == 3
    outside = {
        module: path
        for module, path in MODULES.items()
        if not any(within(module, f"reconciler.{room}") for room in ("kinds", "sandbox", "rules"))
    }
    named = [
        f"{module}:{node.lineno} {node.value}"
        for module, path in outside.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert named == []
    assert [module for module in outside if imports(module) & files_] == []


def test_a_third_party_is_declared_and_a_declared_one_is_used() -> None:
    """What the wheel needs is what it imports; where each is used stands in DESIGN.md's table."""
    declared = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["sandbox"]]
    names = {re.split(r"[^A-Za-z0-9_-]", line, maxsplit=1)[0].lower() for line in declared}
    used = set().union(*map(third_parties, MODULES))
    assert {library.replace("yaml", "pyyaml") for library in used} == names


def test_only_commands_print_or_exit() -> None:
    """Outputs are functions of values; the sandbox is a server of its own."""
    wrong = []
    for module, path in MODULES.items():
        if any(within(module, f"reconciler.{name}") for name in ("commands", "__main__", "sandbox")):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"print", "exit", "quit", "sys.exit", "os._exit", "click.echo", "input"}:
                    wrong.append(f"{module}:{node.lineno} {called}")
                if called in {"sys.stdout.write", "sys.stderr.write"}:
                    wrong.append(f"{module}:{node.lineno} {called}")
            if isinstance(node, ast.Raise) and node.exc is not None and "SystemExit" in ast.unparse(node.exc):
                wrong.append(f"{module}:{node.lineno} SystemExit")
    assert wrong == []


def test_files_are_small() -> None:
    """At most 300 lines: a swollen orchestrator is the field's common illness."""
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files()}
    assert {name: count for name, count in long.items() if count > 300} == {}


def test_a_class_has_one_meaning_in_the_whole_tree() -> None:
    """Two classes of one name make a reader ask which is meant; what is private is its own file's affair."""
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_functions_are_small() -> None:
    """At most 40 lines, from ``def`` to the last one."""
    long = []
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or 0) - node.lineno + 1
                if count > 40:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {count}")
    assert long == []


def test_every_module_and_every_dataclass_keeps_the_house_rules() -> None:
    """A docstring for each module, ``from __future__ import annotations``, frozen or at least slotted dataclasses."""
    wrong = []
    for path in files():
        module = tree(path)
        if path.read_text().strip() == "":
            continue
        if ast.get_docstring(module) is None:
            wrong.append(f"{path.relative_to(ROOT)} has no docstring")
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                made = [ast.unparse(each) for each in node.decorator_list if "dataclass" in ast.unparse(each)]
                wrong += [
                    f"{path.relative_to(ROOT)}:{node.lineno} {each}"
                    for each in made
                    if "slots=True" not in each
                ]
    assert wrong == []


def test_statuses_of_http_are_known_to_the_rim_and_the_write_protocol_only() -> None:
    """A tenant's codes are known to write_protocol and cxone, a log store's to delivery, GitHub's to its commands."""
    wrong = []
    for module, path in MODULES.items():
        if any(
            within(module, f"reconciler.{name}")
            for name in (
                *("cxone", "plan.write_protocol", "kinds._responses", "sandbox", "commands.github"),
                *("audit.delivery", "commands._shared.gh"),
            )
        ):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Compare):
                numbers = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
                if "status" in ast.unparse(node) and any(
                    isinstance(number, int) and 100 <= number < 600 for number in numbers
                ):
                    wrong.append(f"{module}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


def test_paths_of_the_api_are_known_to_kinds_and_cxone_only() -> None:
    """A tenant's real paths may differ: they stand in as few places as possible."""
    knowing = ("kinds", "cxone", "sandbox")
    wrong = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        if not any(within(module, f"reconciler.{name}") for name in knowing)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and str(node.value).startswith("/api/v1")
    ]
    assert wrong == []
