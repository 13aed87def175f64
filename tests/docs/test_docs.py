"""The documentation does not rot: its commands exist, its YAML loads, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from integrator import metrics, packs
from integrator.cli import main
from integrator.domain.reasons import REASONS
from integrator.engine.loader import load

TOP = Path(__file__).parents[2]
DOCS = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md"), *(TOP / "connectors").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")
COMMAND = re.compile(r"(?:^|[`/\s])integrator ((?:config |rules |outbox )?[a-z]+)\b")


def name_of(file: Path) -> str:
    return str(file.relative_to(TOP))


def blocks(file: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(file.read_text(encoding="utf-8")) if found == language]


@pytest.mark.parametrize("file", DOCS, ids=name_of)
def test_every_yaml_block_loads(file: Path) -> None:
    for text in blocks(file, "yaml"):
        assert yaml.safe_load(text) is not None


@pytest.mark.parametrize("file", DOCS, ids=name_of)
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in LINK.findall(file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


@pytest.mark.parametrize("file", [TOP / "README.md", TOP / "README.ru.md", TOP / "CONTRIBUTING.md"], ids=name_of)
def test_every_command_exists(file: Path) -> None:
    for command in set(COMMAND.findall("\n".join(blocks(file, "sh")) + "\n`" + file.read_text(encoding="utf-8"))):
        done = CliRunner().invoke(main, [*command.split(), "--help"])
        assert done.exit_code == 0, command


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_readmes_commands_are_targets(target: str) -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert f"make {target}\n" in readme
    done = subprocess.run(["make", "--dry-run", target], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"demo": "integrator demo", "test": "pytest"}[target] in done.stdout


def test_the_readmes_demo_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "integrator", "demo", "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo-amocrm" in done.stdout
    assert "demo-bitrix24" in done.stdout


def test_the_glossary_lists_every_reason() -> None:
    glossary = (TOP / "docs" / "glossary.md").read_text(encoding="utf-8")
    for reason in REASONS:
        come_back = "never" if reason.come_back_days is None else reason.come_back_days
        row = f"| `{reason.code}` | {reason.ru} | {reason.en} | {reason.nature} | {reason.side} | {come_back} |"
        assert row in glossary, f"docs/glossary.md lacks: {row}"


def test_the_glossary_lists_every_class_and_value_that_the_shipped_packs_give() -> None:
    glossary = (TOP / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|$", glossary, re.MULTILINE))
    for name, dimension in load(packs.find([packs.shipped()]), metrics.METRICS).dimensions.items():
        assert name in rows, f"docs/glossary.md lacks the class {name}"
        assert [value for value in dimension.values if f"`{value}`" not in rows[name]] == []
