"""Every block of the tutorial is loaded by the real loader: packs are sound, mistakes are told as it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from integrator.cli import main
from integrator.engine.operators import OPERATORS
from integrator.errors import RuleErrors

TOP = Path(__file__).parents[2]
TUTORIALS = (TOP / "docs" / "writing-rules.md", TOP / "docs" / "writing-rules.ru.md")
BLOCK = re.compile(r"^```(yaml|text|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"# (fragment|mistake): (client|deal|rule)\n")
PACK = """\
schema: 1
name: tutorial
title: {ru: "Учебник", en: "Tutorial"}
rules:
"""
RULE = """\
id: one
title: {{ru: "Одно", en: "One"}}
subject: {subject}
when:
{when}
then: {{score: 1}}
"""


@dataclass(frozen=True)
class Block:
    file: Path
    number: int
    kind: str  # pack, fragment, mistake
    about: str
    text: str
    answer: str

    def __str__(self) -> str:
        return f"{self.file.name}-{self.number}-{self.kind}"

    def pack(self) -> str:
        """The block as a whole pack."""
        if self.kind == "pack":
            return self.text
        rule = self.text if self.about == "rule" else RULE.format(subject=self.about, when=indented(self.text, "  "))
        return f"{PACK}  - {indented(rule, '    ').strip()}\n"


def indented(text: str, by: str) -> str:
    return "".join(f"{by}{line}\n" for line in text.splitlines())


def blocks(file: Path) -> list[Block]:
    found = BLOCK.findall(file.read_text(encoding="utf-8"))
    result = []
    for number, (language, text) in enumerate(found):
        if language != "yaml":
            continue
        mark = MARK.match(text)
        kind, about = (mark[1], mark[2]) if mark else ("pack", "")
        answer = found[number + 1][1].strip() if number + 1 < len(found) and found[number + 1][0] == "text" else ""
        result.append(Block(file, number, kind, about, text, answer))
    return result


BLOCKS = [block for file in TUTORIALS for block in blocks(file)]


def of_kind(kind: str) -> list[Block]:
    return [block for block in BLOCKS if block.kind == kind]


def folder(tmp_path: Path, block: Block) -> Path:
    text = block.pack()
    pack = tmp_path / yaml.safe_load(text)["name"]
    pack.mkdir()
    (pack / "pack.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", ["check", "test"])
@pytest.mark.parametrize("block", of_kind("pack"), ids=str)
def test_the_packs_are_sound_their_examples_hold_and_pin_every_condition(
    block: Block, command: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(main, ["rules", command, "--strict", str(folder(tmp_path, block))])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("block", of_kind("fragment"), ids=str)
def test_the_fragments_load(block: Block, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["rules", "check", str(folder(tmp_path, block))])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("block", of_kind("mistake"), ids=str)
def test_the_mistakes_are_told_as_the_tutorial_says(block: Block, tmp_path: Path) -> None:
    assert block.answer
    done = CliRunner().invoke(main, ["rules", "check", str(folder(tmp_path, block))])
    assert done.exit_code == RuleErrors.exit_status
    assert block.answer in done.output


@pytest.mark.parametrize("file", TUTORIALS, ids=lambda file: file.name)
def test_the_commands_exist_with_their_options(file: Path) -> None:
    lines = [
        line
        for language, text in BLOCK.findall(file.read_text(encoding="utf-8"))
        if language == "sh"
        for line in text.splitlines()
    ]
    commands = [line.partition(" > ")[0].split()[1:] for line in lines if line.startswith("integrator ")]
    assert commands
    for words in commands:
        depth = 2 if words[0] == "rules" else 1
        done = CliRunner().invoke(main, [*words[:depth], "--help"])
        assert done.exit_code == 0, words
        assert all(word in done.output for word in words if word.startswith("--")), words


@pytest.mark.parametrize("file", TUTORIALS, ids=lambda file: file.name)
def test_every_operator_is_told_of(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert [op for op in OPERATORS if f"`{op}`" not in text] == []


def test_both_languages_show_the_same_blocks() -> None:
    english, russian = (
        [(block.kind, block.about, block.text, block.answer) for block in blocks(file)] for file in TUTORIALS
    )
    assert english == russian
