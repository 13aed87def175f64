"""What people (and those who mean harm) put into a pack: each mistake at its place, with what to write instead.

`test_loader.py` has the mistakes of one key each; here are those of a file's form, of the newer operators, of what can
only be seen when all is read together, and several at once.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from integrator import metrics, positions
from integrator.cli import main
from integrator.engine.loader import load
from integrator.errors import RuleErrors
from tests.unit.engine.packfiles import MARK, place_of_mark, write

if TYPE_CHECKING:
    from pathlib import Path

    from integrator.errors import Problem

PACK = dedent("""\
    schema: 1
    name: shop
    title: {ru: "Лавка", en: "Shop"}
    params:
      least: {type: integer, default: 3, doc: {ru: "Сколько", en: "How many"}}
    classes:
      size:
        title: {ru: "Размер", en: "Size"}
        subject: client
        assigns: exactly_one
        values:
          big: {ru: "большой", en: "big"}
          small: {ru: "малый", en: "small"}
        order: [big]
        otherwise: small
    rules:
      - id: big
        title: {ru: "Большой", en: "Big"}
        subject: client
        when: {purchase_count: {gte: $least}}
        then: {classify: big}
        examples:
          - {given: {purchase_count: 3}, expect: fires}
      - id: told
        title: {ru: "Отказ", en: "Refusal"}
        subject: deal
        severity: high
        when:
          all:
            - outcome: {eq: lost}
            - reason_text: {exists: true}
        anchor: closed_at
        then:
          finding: told
          task: {template: ask, due: {working_days: 1}}
    templates:
      ask:
        title: {ru: "Спросите", en: "Ask"}
        why: {ru: "Причина: {{ reason_text }}", en: "Reason: {{ reason_text }}"}
        closes: {ru: "Сама.", en: "By itself."}
    """)
COUNT = "{purchase_count: {gte: $least}}"
TEXT = "reason_text: {exists: true}"
# What is written instead of what; the mark stands where the mistake must be told. Then what the message must say.
BROKEN = [
    # The file's form
    ("schema: 1\n", "", 'key "schema" is missing'),
    ("rules:\n", "‸rulez:\n", 'unknown key "rulez", did you mean "rules"?'),
    ("schema: 1\n", "schema: 1\n\ttitle: x\n", "YAML:"),
    ('title: {ru: "Лавка", en: "Shop"}', 'title: {ru: "Лавка", en: "Shop"', "YAML:"),
    ("name: shop", "name: shop: shop", "YAML: mapping values are not allowed here; check the indent"),
    ("schema: 1\n", "schema: 1\n<<: {a: 1}\n", "a key must be plain text"),
    ("schema: 1\n", "schema: 1\n? ‸[a]\n: 1\n", "a key must be plain text"),
    ('title: {ru: "Лавка", en: "Shop"}', 'title: ‸"Лавка"', "must be a mapping (key: value)"),
    ('title: {ru: "Лавка", en: "Shop"}', 'title: {ru: "Лавка", en: "Shop", ‸de: "Laden"}', 'unknown key "de"'),
    ("name: shop", "name: ‸[shop]", 'must be a name (small Latin letters, digits and _, a letter first)'),
    # Parameters
    ("  least: {type", "  ‸Least: {type", '"Least" must be a name'),
    ("least: {type: integer, ", "‸least: {", 'key "type" is missing'),
    ("default: 3,", "default: 3, ‸step: 2,", 'unknown key "step"'),
    ("default: 3,", "default: 3, max: ‸many,", '"max" must be a number'),
    ("type: integer, default: 3", "type: boolean, default: ‸3", "must be true or false"),
    ("type: integer, default: 3", "type: list, default: ‸[1, [2]]", "must be a list of words or numbers"),
    ("type: integer, default: 3", "type: string, values: [a, b], default: ‸c", 'is "c" (known: a, b)'),
    # Classes
    ("  size:\n", "  ‸Size!:\n", '"Size!" must be a name'),
    ("    assigns: exactly_one\n", "", 'key "assigns" is missing'),
    ('big: {ru: "большой"', 'big: {ru: ‸""', 'the text in "ru" must be words'),
    ("      big: {ru", "      ‸9big: {ru", '"9big" must be a name (Latin letters, digits and _, a letter first)'),
    ("order: [big]", "order: ‸big", '"order" must be a list'),
    ("order: [big]", "order: [‸told]", "about each deal, the class about each client"),
    ("subject: client\n    assigns", "subject: ‸clients\n    assigns", 'no subject "clients", did you mean "client"?'),
    # Rules
    ("  - id: big\n    title", "  - ‸title", 'key "id" is missing'),
    (f"    when: {COUNT}\n", "", 'key "when" is missing'),
    ("    then: {classify: big}\n", "", 'key "then" is missing'),
    ("    severity: high\n", "    ‸severty: high\n", 'unknown key "severty", did you mean "severity"?'),
    (COUNT, "‸[]", "must be a mapping"),
    (COUNT, "‸{}", "0 conditions in one entry"),
    (COUNT, "{all: ‸[]}", '"all" is empty'),
    (COUNT, "{all: [‸purchase_count]}", "must be a mapping"),
    (COUNT, "{‸al: [{purchase_count: {gte: 3}}]}", 'there is no metric "al"'),
    (COUNT, "{purchase_count: {gte: ‸[1]}}", "a number, it cannot be compared with"),
    (COUNT, "{purchase_count: {‸mentions: [дорого]}}", '"mentions" does not go with "purchase_count"'),
    (COUNT, "{purchase_count: {‸within_days: 3}}", '"within_days" does not go with "purchase_count"'),
    (COUNT, "{last_purchase_on: {within_days: ‸-3}}", "a whole number of days from 0"),
    (COUNT, "{last_purchase_on: {gte: ‸01.02.2026}}", "write it as 2026-11-22"),
    (COUNT, "{purchase_count: {between: ‸[9, 3]}}", "here the first is the greater"),
    (COUNT, "{revenue_total: {gte: ‸{amount: 5, currency: руб}}}", "a currency is three capital letters"),
    (COUNT, "{days_silent: {gte: ‸{metric: revenue_total}}}", "cannot be compared with"),
    (COUNT, "{days_silent: {gte: ‸{metric: purchase_count}}}", "(days) cannot be compared with"),
    (TEXT, "reason_text: {matches: ‸'(a'}", "the pattern cannot be read"),
    (TEXT, "reason_text: {matches: ‸'(?=a)b'}", "look-around and back references do not exist here"),
    (TEXT, "reason_text: {mentions: [‸5]}", "a phrase is words in quotes"),
    (TEXT, "reason_text: {mentions: {phrases: ‸dear}}", "list among this pack's phrases"),
    (TEXT, "loss_reason: {in: [price_high, ‸price_hihg]}", 'did you mean "price_high"?'),
    (TEXT, "reason_text: {eq: ‸$leest}", 'did you mean "least"?'),
    (TEXT, "reason_text: {eq: ‸$least}", "a text, it cannot be compared"),
    # What a rule does
    ("then: {classify: big}", "then: {‸clasify: big}", 'unknown key "clasify", did you mean "classify"?'),
    ("finding: told", "finding: ‸Told it", '"finding" must be a name'),
    ("due: {working_days: 1}", "due: ‸1", '"due" must be a mapping'),
    ("task: {template: ask, ", "‸task: {", 'key "template" is missing'),
    ("due: {working_days: 1}", "due: {working_days: ‸1.5}", "a whole number from 0 to 365"),
    ("1}}\n", "1}, only: ‸{amount: {gte: 5}, outcome: {eq: won}}}\n", "2 conditions in one entry"),
    ("finding: told", "score: ‸1000", "a whole number from -100 to 100"),
    # Examples and texts
    ("expect: fires", "expects: fires", 'key "expect" is missing'),
    ("{purchase_count: 3}, expect", "{purchase_count: ‸many}, expect", "a whole number, it cannot be compared"),
    ("{purchase_count: 3}, expect", "{‸outcome: won}, expect", "belongs to each deal"),
    ('    title: {ru: "Спросите", en: "Ask"}\n', "", 'key "title" is missing'),
    ('"Reason: {{ reason_text }}"', '‸"Reason: {{ reason_txt }}"', 'did you mean "reason_text"?'),
    ('"Reason: {{ reason_text }}"', '‸"{% for a in b %}"', "template:"),
    ('"By itself."', '‸"{{ of_client.days_silnt }}"', 'a client has no metric "days_silnt"'),
]  # fmt: skip


LAUGHS = b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))


def told(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(RuleErrors) as caught:
        load([write(folder, text)], metrics.METRICS)
    return caught.value.problems


def test_the_pack_that_is_broken_here_is_sound(tmp_path: Path) -> None:
    assert len(load([write(tmp_path, PACK)], metrics.METRICS).rules) == 2
    assert len(BROKEN) >= 60


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in PACK
    text = PACK.replace(old, new, 1)
    found = told(tmp_path, text)
    assert any(message in one.message for one in found), found
    if MARK in text:
        assert place_of_mark(text) in {(one.line, one.column) for one in found if message in one.message}, found


def test_every_mistake_of_a_file_is_told_at_once_in_its_order(tmp_path: Path) -> None:
    text = PACK
    changes = [
        ("default: 3", "default: three"),
        ("otherwise: small", "otherwise: smal"),
        ("gte: $least", "gt: $leest"),
        ("eq: lost", "eq: losst"),
        ("working_days: 1", "working_days: -1"),
        ("{{ reason_text }}", "{{ reason_txt }}"),
    ]
    for old, new in changes:
        text = text.replace(old, new, 1)
    found = told(tmp_path, text)
    lines = [next(at for at, line in enumerate(text.splitlines(), 1) if new in line) for _, new in changes]
    assert [one.line for one in found] == lines


def test_a_misspelt_subject_hides_no_other_mistake_of_its_rule(tmp_path: Path) -> None:
    text = PACK.replace("subject: client\n    when: {purchase_count", "subject: clients\n    when: {purchase_cont", 1)
    text = text.replace("then: {classify: big}", "then: {classify: big, tsk: {}}", 1)
    found = [one.message for one in told(tmp_path, text)]
    for message in (
        'there is no subject "clients"',
        'there is no metric "purchase_cont" of a client',
        'unknown key "tsk"',
    ):
        assert any(message in one for one in found), found


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, 'key "schema" is missing'),
        (b"\n\n", 1, 'key "schema" is missing'),
        (b"- schema: 1\n", 1, "must be a mapping"),
        (b"42", 1, "must be a mapping"),
        (b"schema: 1\nname: \xff\xfe\n", 2, "is not UTF-8; save the file as UTF-8"),
        (b"schema: 1\n---\nschema: 1\n", 2, "YAML:"),
        (b"schema: !!python/object:os.system x\n", 1, "put the value in quotes"),
        (b"schema: !include other.yaml\n", 1, "put the value in quotes"),
        (b"schema: 1\x00\n", 1, "is not YAML"),
        (b"a: " + b"x" * positions.MAX_BYTES, 1, "is larger than 1000000 bytes; split it"),
        (b"a: " + b"[" * 60 + b"]" * 60, 1, "nested too deep"),
        (b"a: " + b"[" * 1_200, 1, "is not YAML"),
        (b"a: " + b"{a: " * 5_000 + b"1" + b"}" * 5_000, 1, ""),
        (b"a: &a [*a]\n", 1, "nested too deep"),
        (LAUGHS, 1, "nested too deep or too large"),
    ],
    ids=range(15),
)  # fmt: skip
def test_files_that_are_no_packs_or_meant_to_do_harm_are_told_in_one_line(
    tmp_path: Path, content: bytes, line: int, message: str
) -> None:
    pack = tmp_path / "shop" / "pack.yaml"
    pack.parent.mkdir()
    pack.write_bytes(content)
    with pytest.raises(RuleErrors) as caught:
        load([pack], metrics.METRICS)
    first = caught.value.problems[0]
    assert first.file == str(pack)
    assert any(message in one.message for one in caught.value.problems), caught.value.problems
    assert line <= first.line <= max(line, content.count(b"\n") + 1)
    assert len(str(first)) < 1_000


@pytest.mark.parametrize(
    "when",
    [
        "{all: [" * 15 + "{purchase_count: {gte: 3}}" + "]}" * 15,
        "{any: [" + ", ".join(f"{{purchase_count: {{eq: {number}}}}}" for number in range(100)) + "]}",
        "{purchase_count: {in: [" + ", ".join(map(str, range(500))) + "]}}",
    ],
    ids=["deep", "wide", "listed"],
)
def test_large_conditions_are_checked_and_tested(tmp_path: Path, when: str) -> None:
    pack = write(tmp_path, PACK.replace(COUNT, when, 1))
    done = CliRunner().invoke(main, ["rules", "check", str(pack)], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    assert CliRunner().invoke(main, ["rules", "test", str(pack)], catch_exceptions=False).exit_code == 0
