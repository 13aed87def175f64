"""The labelled phrases: what they are, and how well those never used for writing the lists are understood."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from integrator.domain.reasons import BY_CODE
from integrator.text import Worth, propose, soft_no, worth

FOLDER = Path(__file__).parents[2] / "data" / "reasons"
LABELS = ["ok", "vague", "subjective", "contradicted"]
LEAST = 0.9


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reasons(half: str) -> list[tuple[str, dict[str, str]]]:
    return [
        (language, row) for language in ("ru", "en") for row in rows(f"reasons_{language}.csv") if row["half"] == half
    ]


def test_there_are_enough_phrases_of_every_label() -> None:
    assert len(rows("reasons_ru.csv")) >= 320
    assert len(rows("reasons_en.csv")) >= 60
    assert len(rows("soft_no.csv")) >= 120
    test = Counter(row["label"] for _, row in reasons("test"))
    assert set(test) == set(LABELS)
    assert min(test.values()) >= 20


@pytest.mark.parametrize("name", ["reasons_ru.csv", "reasons_en.csv", "soft_no.csv"])
def test_no_phrase_is_there_twice(name: str) -> None:
    phrases = [row["phrase"].casefold().strip() for row in rows(name)]
    assert [phrase for phrase, count in Counter(phrases).items() if count > 1] == []


def test_every_phrase_is_labelled_with_what_there_is() -> None:
    for _, row in [*reasons("dev"), *reasons("test")]:
        assert row["reason"] in {"", *BY_CODE}
        assert row["label"] in LABELS
        assert row["label"] not in {"vague", "subjective"} or not row["reason"]


@pytest.mark.parametrize("label", LABELS)
def test_labels_are_told(label: str) -> None:
    told = Counter((row["label"], worth(row["phrase"], language).value) for language, row in reasons("test"))
    right = told[label, label]
    assert right >= LEAST * sum(count for (_, got), count in told.items() if got == label)
    assert right >= LEAST * sum(count for (there, _), count in told.items() if there == label)


def test_what_is_mapped_for_sure_is_mapped_right() -> None:
    claimed = [
        (row["reason"], found.code) for _, row in reasons("test") if (found := propose(row["phrase"])) and found.sure
    ]
    mapped = sum(bool(row["reason"]) for _, row in reasons("test"))
    assert sum(there == got for there, got in claimed) >= LEAST * len(claimed)
    assert len(claimed) >= 0.8 * mapped


def test_soft_noes_are_told() -> None:
    told = Counter(
        (row["soft"] == "1", soft_no(row["phrase"], row["language"]) is not None)
        for row in rows("soft_no.csv")
        if row["half"] == "test"
    )
    assert told[True, True] >= LEAST * (told[True, True] + told[False, True])
    assert told[True, True] >= LEAST * (told[True, True] + told[True, False])


def test_what_says_nothing_is_worth_nothing() -> None:
    assert worth("…") is Worth.NOTHING
    assert worth("клиент") is Worth.NOTHING
