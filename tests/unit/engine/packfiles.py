"""Packs written for one test each, with what is told of them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from integrator import metrics
from integrator.engine.loader import load
from integrator.engine.mutation import unpinned
from integrator.engine.proofs import prove
from integrator.engine.proofs_cells import World
from integrator.metrics.catalogue import INVARIANTS

if TYPE_CHECKING:
    from pathlib import Path

    from integrator.engine.proofs import Report
    from integrator.engine.ruleset import RuleSet

MARK = "‸"
HEAD = dedent("""\
    schema: 1
    name: shop
    title: {ru: "Лавка", en: "Shop"}
    """)


def write(folder: Path, text: str, name: str = "shop") -> Path:
    """Write a pack, without the mark that tests put where a mistake must be told."""
    pack = folder / name
    pack.mkdir(exist_ok=True)
    (pack / "pack.yaml").write_text(text.replace(MARK, ""), encoding="utf-8")
    return pack


def place_of_mark(text: str) -> tuple[int, int]:
    before = text[: text.index(MARK)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def loaded(folder: Path, text: str) -> RuleSet:
    return load([write(folder, text)], metrics.METRICS)


def world(folder: Path, text: str) -> World:
    return World(loaded(folder, text), metrics.METRICS, INVARIANTS)


def report(folder: Path, text: str) -> Report:
    return prove(world(folder, text), {"shop"})


def notes(folder: Path, text: str) -> list[str]:
    return [str(problem) for problem in unpinned(world(folder, text), {"shop"})]


def rule(id_: str, when: str, then: str = "{finding: found}", *, subject: str = "client", examples: str = "") -> str:
    """Return a rule as a pack writes it; `when` and `then` on one line each."""
    anchor = {"client": "last_purchase_on", "deal": "closed_at"}[subject]
    lines = [
        f"  - id: {id_}",
        f'    title: {{ru: "{id_}", en: "{id_}"}}',
        f"    subject: {subject}",
        f"    when: {when}",
        f"    anchor: {anchor}",
        f"    then: {then}",
    ]
    return "\n".join([*lines, *(["    examples:", examples] if examples else [])]) + "\n"


def dimension(order: str, values: str = "a b", *, name: str = "size", more: str = "", subject: str = "client") -> str:
    """Return a class that must have one value."""
    given = "".join(f'      {value}: {{ru: "{value}", en: "{value}"}}\n' for value in values.split())
    return (
        f'  {name}:\n    title: {{ru: "Вид", en: "Kind"}}\n    subject: {subject}\n    assigns: exactly_one\n'
        f"    values:\n{given}    order: [{', '.join(order.split())}]\n{more}"
    )


def pack(classes: str, *rules: str, head: str = HEAD, tail: str = "") -> str:
    section = f"classes:\n{classes}" if classes else ""
    return f"{head}{section}rules:\n{''.join(rules)}{tail}"
