"""The locks pin what pyproject.toml asks for, with hashes and without addresses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(
    r"^([A-Za-z0-9_.-]+)==(\S+)(?: ; .*?)? \\\n((?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def pins(name: str) -> dict[str, Version]:
    text = (TOP / name).read_text(encoding="utf-8")
    return {canonicalize_name(package): Version(version) for package, version, _ in PIN.findall(text)}


@pytest.mark.parametrize(
    ("lock", "asked"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
        ("requirements-build.lock", (TOP / "requirements-build.in").read_text(encoding="utf-8").split()),
    ],
)
def test_everything_asked_for_is_pinned_within_its_range(lock: str, asked: list[str]) -> None:
    pinned = pins(lock)
    for text in asked:
        requirement = Requirement(text)
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}: run make lock"
        assert requirement.specifier.contains(version), f"{lock} has {requirement.name} {version}: run make lock"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_every_pin_has_hashes_and_no_lock_has_an_address(lock: str) -> None:
    text = (TOP / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(pins(lock))
    assert not re.search(r"https?:|file:/|--index|--find-links", text)


def test_what_is_run_is_what_is_tested() -> None:
    run, tested = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: version for name, version in run.items() if tested.get(name) != version} == {}


def test_the_build_needs_nothing_unlocked() -> None:
    system = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert {canonicalize_name(Requirement(text).name) for text in system["requires"]} <= pins(
        "requirements-build.lock"
    ).keys()
    assert {"setuptools", "wheel"} <= pins("requirements-build.lock").keys()  # durable_rules is built with them
