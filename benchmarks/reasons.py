"""How well what sellers write is understood, on phrases never used for writing the lists, and how fast.

    python benchmarks/reasons.py [--dev]

Precision and recall of every label, of every canonical reason and of soft noes, each with its counts; whether what is
mapped for sure is mapped right; then microseconds of the processor a text, on 100,000 distinct texts made of the
phrases' words, none of them seen before. `--dev` shows the half that the lists were written on.
"""

from __future__ import annotations

import csv
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from integrator.domain.reasons import BY_CODE
from integrator.text import Catalogue, Worth, classify, items, propose, soft_no, sub_reason, vague, worth

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "reasons"
LABELS = (Worth.OK, Worth.VAGUE, Worth.SUBJECTIVE, Worth.CONTRADICTED)
TEXTS = 100_000
NAMES = 10_000
MANY = 1_000

Row = dict[str, str]


def read(name: str, half: str = "") -> list[Row]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if not half or row["half"] == half]


def share(right: int, whole: int) -> str:
    return f"{right / whole:6.3f} ({right}/{whole})".ljust(18) if whole else "     -".ljust(18)


def table(title: str, pairs: Counter[tuple[str, str]], values: list[str]) -> None:
    print(f"\n{title:24}precision         recall")
    for value in values:
        claimed = sum(count for (_, got), count in pairs.items() if got == value)
        there = sum(count for (true, _), count in pairs.items() if true == value)
        if claimed or there:
            print(f"  {value:22}{share(pairs[value, value], claimed)}{share(pairs[value, value], there)}")


def quality(half: str) -> None:
    rows = [(language, row) for language in ("ru", "en") for row in read(f"reasons_{language}.csv", half)]
    for languages in (("ru",), ("en",), ("ru", "en")):
        told = Counter((row["label"], worth(row["phrase"], at).value) for at, row in rows if at in languages)
        table(f"labels, {' and '.join(languages)}", told, [label.value for label in LABELS])
    found = [(row["reason"], propose(row["phrase"])) for _, row in rows]
    table("reasons", Counter((true, got.code if got else "") for true, got in found), list(BY_CODE))
    sure = [(true, got.code) for true, got in found if got and got.sure]
    mapped = sum(bool(true) for true, _ in found)
    print(f"\nmapped for sure: right {share(sum(true == got for true, got in sure), len(sure))}")
    print(f"told for sure, of what has a reason: {share(sum(bool(true) for true, _ in sure), mapped)}")
    soft = Counter(
        ("soft no" if row["soft"] == "1" else "", "soft no" if soft_no(row["phrase"], row["language"]) else "")
        for row in read("soft_no.csv", half)
    )
    table("soft noes", soft, ["soft no"])


def texts(words: list[str], chance: random.Random) -> list[str]:
    made: set[str] = set()
    while len(made) < TEXTS:
        made.add(" ".join(chance.choices(words, k=chance.randint(2, 12))))
    return sorted(made)


def timed(name: str, call: Callable[[str], object], asked: list[str]) -> None:
    start = time.process_time()
    for text in asked:
        call(text)
    spent = time.process_time() - start
    print(f"  {name:34}{spent:7.1f} s for {len(asked):,}{1e6 * spent / len(asked):9.0f} µs each")


def speed() -> None:
    chance = random.Random(1)
    words = sorted({word for row in read("reasons_ru.csv") for word in row["phrase"].split()})
    letters = "абвгдежзийклмнопрстуфхцчшщыэюя"
    unknown = ["".join(chance.choices(letters, k=chance.randint(5, 10))) for _ in range(NAMES)]
    for title, known in (("words of the phrases", words), ("10,000 words of no dictionary", unknown)):
        print(f"\nspeed, texts of {title}")
        asked = texts(known, chance)
        for call in (classify, vague, soft_no, propose, sub_reason, items, worth):
            timed(call.__name__, call, asked)
    things = [thing for row in read("reasons_ru.csv") for thing in items(row["phrase"])]
    names = [f"{chance.choice(things)} {chance.randint(1, 99)}х{chance.randint(1, 99)} {n}" for n in range(NAMES)]
    start = time.process_time()
    catalogue = Catalogue(names)
    print(f"\na catalogue of {NAMES:,} names is ready in {time.process_time() - start:.1f} s")
    timed("Catalogue.match", catalogue.match, [f"{chance.choice(things)} {n}" for n in range(MANY)])


if __name__ == "__main__":
    quality("dev" if "--dev" in sys.argv[1:] else "test")
    speed()
