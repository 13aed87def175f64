"""The wheel holds the product whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

TOP = Path(__file__).parents[1]


def test_the_wheel_holds_packages_rules_and_migrations(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(TOP)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "integrator/cli/main.py",
        "integrator/config.example.yaml",
        "integrator/_rules/refusals/pack.yaml",
        "integrator/_rules/win_back/pack.yaml",
        "integrator/store/migrations/env.py",
        "connectors/demo/SOURCES.md",
        "connectors/demo/purchases.csv",
    ):
        assert needed in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"integrator", "connectors"}
    assert not [name for name in names if "CDNOW" in name or name.startswith("tests/")]
