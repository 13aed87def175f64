"""The shape of the repository: budgets of modules and functions, folders of connectors, homes of libraries."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import connectors

TOP = Path(__file__).parents[1]
SOURCES = sorted(file for root in ("integrator", "connectors") for file in (TOP / root).rglob("*.py"))
MODULE_LINES = 400
FUNCTION_LINES = 40
HOMES = {
    "durable_rules_engine": ["integrator/engine/durable.py"],
    "durable": ["integrator/engine/durable.py"],
    "requests": ["connectors/http.py"],
    "sqlalchemy": ["integrator/store/"],
    "alembic": ["integrator/store/"],
    "polars": [
        "integrator/store/frames.py",
        "integrator/store/shapes.py",
        "integrator/store/shared.py",
        "integrator/store/due.py",
        "integrator/foresight.py",
        "integrator/metrics/",
        *("integrator/reports/", "integrator/reporting.py"),
        *("integrator/engine/classes.py", "integrator/engine/columns.py", "integrator/engine/comparing.py"),
        "integrator/engine/memory.py",
        "integrator/engine/few.py",
    ],
    "flask": ["connectors/emulation/", "connectors/amocrm/emulator/", "connectors/bitrix24/emulator/"],
    "pymorphy3": ["integrator/text/"],
    "rapidfuzz": ["integrator/text/"],
    "re2": ["integrator/text/patterns.py"],
    "click": ["integrator/cli/"],
    "rich": ["integrator/cli/"],
}
CONNECTOR_FILES = {"__init__.py", "connector.py", "mapping.py", "webhook.py", "auth.py", "README.md", "emulator"}
TOP_LEVEL = {
    *("integrator", "rules", "connectors", "tests", "docs", "benchmarks", ".ci", ".github", ".gitignore"),
    *("config.example.yaml", "pyproject.toml", "README.md", "README.ru.md", "Makefile"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
    *("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "requirements-build.in"),
}


def name_of(file: Path) -> str:
    return str(file.relative_to(TOP))


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_modules_and_functions_stay_small(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_every_library_is_imported_at_home_only(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        for name in names:
            homes = HOMES.get(name.partition(".")[0])
            assert homes is None or any(name_of(file).startswith(home) for home in homes), f"{name} has another home"


@pytest.mark.parametrize("name", sorted(connectors.REGISTRY))
def test_connectors_have_one_shape(name: str) -> None:
    there = {path.name for path in (TOP / "connectors" / name).iterdir()}
    assert there >= CONNECTOR_FILES


def test_the_top_level_is_fixed() -> None:
    ignored = set((TOP / ".gitignore").read_text(encoding="utf-8").replace("/", "").split())
    there = {path.name for path in TOP.iterdir() if path.name != ".git" and path.name not in ignored}
    assert {name for name in there - TOP_LEVEL if not re.fullmatch(r"\..*_cache|.*\.db(-wal|-shm)?", name)} == set()


def test_no_comment_is_a_promise() -> None:
    promise = re.compile(r"#.*\b(TODO|FIXME|XXX)\b|NotImplementedError")
    kept = [name_of(file) for file in SOURCES if promise.search(file.read_text(encoding="utf-8"))]
    assert kept == []
