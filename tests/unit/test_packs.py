"""Packs are found in a wheel, in a checkout and where an admin keeps his own."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrator import packs
from integrator.errors import ConfigError

TOP = Path(__file__).parents[2]


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "pack.yaml").write_text(f"name: {name}\n", encoding="utf-8")
    return folder


def test_a_checkout_has_its_packs_at_the_top() -> None:
    assert packs.shipped() == TOP / "rules"
    assert {"refusals", "win_back"} <= set(packs.catalogue())


def test_a_wheel_has_its_packs_inside_and_a_checkout_beside(tmp_path: Path) -> None:
    package = tmp_path / "integrator"
    package.mkdir()
    with pytest.raises(ConfigError, match="install it again"):
        packs.shipped(package)
    beside = put(tmp_path / "rules", "a")
    assert packs.shipped(package) == beside
    inside = put(package / "_rules", "a")
    assert packs.shipped(package) == inside


def test_a_path_names_a_folder_of_packs_one_pack_or_its_file(tmp_path: Path) -> None:
    folder = put(tmp_path / "own", "mine", "yours")
    assert packs.within(folder) == {name: folder / name / "pack.yaml" for name in ("mine", "yours")}
    assert packs.within(folder / "mine") == {"mine": folder / "mine" / "pack.yaml"}
    assert packs.within(folder / "mine" / "pack.yaml") == {"mine": folder / "mine" / "pack.yaml"}


def test_an_admins_packs_stand_beside_those_that_ship_and_may_replace_one(tmp_path: Path) -> None:
    own = put(tmp_path / "own", "mine", "refusals")
    found = packs.catalogue([own])
    assert found["mine"] == own / "mine" / "pack.yaml"
    assert found["refusals"] == own / "refusals" / "pack.yaml"
    assert found["win_back"] == packs.shipped() / "win_back" / "pack.yaml"


def test_the_shipped_folder_named_again_changes_nothing() -> None:
    assert set(packs.catalogue([packs.shipped(), packs.shipped()])) == set(packs.catalogue())


def test_two_of_the_admins_packs_cannot_share_a_name(tmp_path: Path) -> None:
    one, two = put(tmp_path / "one", "mine"), put(tmp_path / "two", "mine")
    with pytest.raises(ConfigError, match=r'two/mine/pack\.yaml:1:1: pack "mine" is also at .*one/mine') as caught:
        packs.catalogue([one, two])
    assert caught.value.exit_status == 2


def test_a_path_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent:1:1: no such folder"):
        packs.catalogue([tmp_path / "absent"])


def test_only_the_packs_named_are_given_and_a_wrong_name_is_told() -> None:
    assert [path.parent.name for path in packs.find(names=["win_back"])] == ["win_back"]
    assert [path.parent.name for path in packs.find(names=["win_back", "refusals"])] == ["refusals", "win_back"]
    with pytest.raises(ConfigError, match='there is no pack "win_bak", did you mean "win_back"'):
        packs.find(names=["win_bak"])
    assert packs.unknown(packs.catalogue(), ["refusals", "refusal"]).keys() == {"refusal"}


def test_packs_that_decide_what_others_read_come_as_guests(tmp_path: Path) -> None:
    for name, text in {
        "base": "classes: {size: {}}\n",
        "middle": "classes: {kind: {}}\nrules: [{when: {class.size: {eq: big}}}]\n",
        "top": "rules: [{when: {client.class.kind: {eq: x}}}]\n",
        "other": "classes: {colour: {}}\n",
        "broken": "classes: [",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / packs.PACK_FILE).write_text(text, encoding="utf-8")
    found = packs.within(tmp_path)
    assert packs.guests(found, ["top"]) == {"middle", "base"}
    assert packs.guests(found, ["top", "base"]) == {"middle"}
    assert packs.guests(found, list(found)) == frozenset()
