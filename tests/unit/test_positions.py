from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrator import positions
from integrator.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def message(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        positions.parse(text, "f.yaml")
    return str(caught.value)


def test_values_know_their_places() -> None:
    document = positions.parse("a: 1\nb:\n  - x\n  - {c: y}\n", "f.yaml")
    assert document.value == {"a": 1, "b": ["x", {"c": "y"}]}
    assert document.place(("b", 1, "c")) == (4, 9)
    assert document.place(("b", 1, "c"), key=True) == (4, 6)
    assert document.place(("b", 1, "nothing")) == (4, 5)


def test_a_repeated_key_is_a_mistake() -> None:
    assert message("a: 1\na: 2\n") == 'f.yaml:2:1: key "a" stands twice; keep one'


def test_broken_yaml_is_told_with_its_place() -> None:
    assert message("a: [1, 2\nb: 3\n").startswith("f.yaml:2:2: YAML: ")


def test_a_wrong_date_is_told_not_raised() -> None:
    assert message("a: 2026-13-45\n").startswith("f.yaml:1:4: month must be in 1..12")


def test_words_of_yaml_stay_words_as_keys() -> None:
    assert positions.parse("on: 1\nyes: 2\n12: 3\n", "f").value == {"on": 1, "yes": 2, 12: 3}


@pytest.mark.parametrize(
    "text",
    [
        "x" * (positions.MAX_BYTES + 1),
        "a: " + "[" * 60 + "]" * 60,
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(8)),
        "a: &a [*a]",
        "<<: {a: 1}",
        "? [1]\n: 2",
    ],
    ids=["large", "deep", "laughs", "itself", "merge", "key"],
)
def test_files_made_to_do_harm_are_refused(text: str) -> None:
    assert "f.yaml:" in message(text)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        positions.read(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"a: 1\nb: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"bytes\.yaml:2:1: is not UTF-8"):
        positions.read(tmp_path / "bytes.yaml")


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert positions.parse("", "f").value == {}
