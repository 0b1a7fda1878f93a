"""Arrows point one way: the layer table, the owners of third parties, and the sizes, held by a machine."""

from __future__ import annotations

import ast
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reconciler"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
(LAYERS,) = [contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"]
FORBIDDEN = [contract for contract in CONTRACTS if contract["type"] == "forbidden"]
INDEPENDENT = [contract for contract in CONTRACTS if contract["type"] == "independence"]

OWNERS = {
    "yaml": {"documents", "yamlevents", "positions", "yamlwriter", "scalars", "aliases", "fixes"},
    "jsonschema": {"schema", "schema_extras", "schema_words"},
    "fastjsonschema": {"schema", "schema_extras", "schema_words"},
    "httpx": {"cxone", "sandbox"},
    "click": {"commands", "__main__"},
    "rich": {"outputs._terminal", "commands"},
    "starlette": {"sandbox"},
    "uvicorn": {"sandbox"},
}
PRINTERS = {"commands", "__main__", "sandbox"}


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


OURS = [
    (module, target)
    for module in MODULES
    for target in sorted(imports(module))
    if within(target, "reconciler")
]


def test_the_graph_was_read() -> None:
    """The checks below are about something."""
    assert len(MODULES) > 50
    assert len(OURS) > 150
    assert "reconciler.plan.write_protocol" in imports("reconciler.run.execute")
    assert "httpx" not in imports("reconciler.plan.build")


def test_every_layer_is_there() -> None:
    """The table names no module that was renamed."""
    for line in LAYERS:
        for name in line.split("|"):
            assert name.strip() in MODULES, name


def test_every_module_stands_in_the_table_or_is_below_one_that_does() -> None:
    """A new file has to find its place."""
    outside = sorted(
        name for name in MODULES if layer_of(name) is None and name != "reconciler" and not _is_helper(name)
    )
    assert outside == []


def _is_helper(module: str) -> bool:
    """Whether a module imports nothing of ours but what is at the bottom of the table."""
    bottom = {row for row, line in enumerate(LAYERS) if "model" in line or "errors" in line}
    return all(
        layer_of(target) in bottom
        or target == "reconciler"
        or (layer_of(target) is None and _is_helper(target))
        for target in imports(module)
        if within(target, "reconciler")
    )


def test_arrows_point_down_the_table_only() -> None:
    """No module imports one of a higher row, or a neighbour's in its own row."""
    wrong = []
    for module, target in OURS:
        high, low = layer_of(module), layer_of(target)
        if high is None or low is None:
            continue
        same = any(
            within(module, name.strip()) and within(target, name.strip()) for name in LAYERS[high].split("|")
        )
        if low < high or (low == high and not same):
            wrong.append(f"{module} imports {target}")
    assert wrong == []


@pytest.mark.parametrize("contract", FORBIDDEN, ids=lambda contract: contract["name"])
def test_what_decides_knows_no_clock_no_network_and_no_files(contract) -> None:
    """The pure layers import none of what is forbidden to them, not even inside of a function."""
    wrong = [
        f"{module} imports {target}"
        for module in MODULES
        if any(within(module, source) for source in contract["source_modules"])
        for target in sorted(imports(module))
        if any(within(target, name) for name in contract["forbidden_modules"])
    ]
    exempt = {line.replace(" -> ", " imports ") for line in contract.get("ignore_imports", [])}
    assert [line for line in wrong if line not in exempt] == []


def test_the_pure_layers_are_all_named() -> None:
    """Words, knowledge, decisions and views: the table of the house's first three rows and ``outputs``."""
    named = {name for contract in FORBIDDEN for name in contract["source_modules"]}
    pure = {
        *("errors", "model", "canonical", "diff", "sms", "kinds", "rules"),
        *("plan", "review", "guards", "planfile", "steps", "recovery", "outputs"),
    }
    assert {f"reconciler.{name}" for name in pure} <= named


@pytest.mark.parametrize("folder", ["kinds", "rules", "outputs", "commands"])
def test_siblings_do_not_know_each_other(folder) -> None:
    """Adding one is adding one file; what they share begins with ``_`` or is a package's ``__init__``."""
    siblings = {
        name
        for name, path in MODULES.items()
        if within(name, f"reconciler.{folder}") and not path.name.startswith("_") and name.count(".") == 2
    }
    assert len(siblings) > 1
    wrong = [(module, target) for module, target in OURS if {module, target} <= siblings and module != target]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_each_third_party_has_one_owner(library) -> None:
    """Where a library can be replaced in one place."""
    users = {
        module.removeprefix("reconciler.")
        for module in MODULES
        if any(within(target, library) for target in imports(module))
    }
    assert users, f"nobody uses {library}"
    strangers = {user for user in users if not any(within(user, owner) for owner in OWNERS[library])}
    assert strangers == set()


def test_no_other_third_party_is_used() -> None:
    """A dependency is declared, and has an owner."""
    known = {*OWNERS, "reconciler", "__future__", *sys.stdlib_module_names}
    used = {target.split(".")[0] for module in MODULES for target in imports(module)}
    assert used <= known


def test_only_commands_print_or_exit() -> None:
    """Outputs are functions of values; the sandbox is a server of its own."""
    wrong = []
    for module, path in MODULES.items():
        if module.split(".")[1:2] and module.split(".")[1] in PRINTERS:
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


@pytest.mark.parametrize("contract", INDEPENDENT, ids=lambda contract: contract["name"])
def test_the_linters_list_of_siblings_is_complete(contract) -> None:
    """A new kind, format or rule is under the contract too."""
    packages = {name.rpartition(".")[0] for name in contract["modules"]}
    (package,) = packages
    there = {
        name
        for name, path in MODULES.items()
        if name.rpartition(".")[0] == package and not path.name.startswith("_")
    }
    assert set(contract["modules"]) == there


def test_statuses_of_http_are_known_to_the_rim_and_the_write_protocol_only() -> None:
    """A URL or wire field is known to kinds and cxone; a status code to steps and cxone; GitHub's to ``github``."""
    wrong = []
    for module, path in MODULES.items():
        if any(
            within(module, f"reconciler.{name}")
            for name in ("cxone", "steps", "answers", "sandbox", "rules", "github")
        ):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Compare):
                compared = [node.left, *node.comparators]
                if any("status" in ast.unparse(each) for each in compared) and any(
                    isinstance(each, ast.Constant) and isinstance(each.value, int) and each.value > 99
                    for each in compared
                ):
                    wrong.append(f"{module}:{node.lineno} {ast.unparse(node)}")
    assert [line for line in wrong if not line.startswith("reconciler.audit.delivery:")] == []


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
