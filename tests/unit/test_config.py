from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from integrator import config
from integrator.config import models
from integrator.errors import ConfigError

TOP = Path(__file__).parents[2]
EXAMPLE = TOP / "config.example.yaml"
ENVIRONMENT = {
    "ALERT_URL": "mailto://x",
    "AMO_TOKEN": "amo-s3cret",
    "AMO_HOOK_SECRET": "hook-s3cret",
    "B24_SECRET": "b24-s3cret",
    "B24_APP_TOKEN": "app-s3cret",
}
PORTAL = """
portals:
  main:
    crm: amocrm
    base_url: https://example.amocrm.ru
    auth: {long_lived_token: abc}
"""


def load(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> config.Config:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return config.load(path, environment or {})


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_status == 2
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


def test_the_example_loads() -> None:
    loaded = config.load(EXAMPLE, ENVIRONMENT)
    assert loaded.portals["main"].auth.long_lived_token is not None
    assert loaded.portals["main"].field_ids()["client.blacklisted"] == {"company": "8802", "contact": "8812"}
    assert loaded.portals["shop"].reason_source == "field"


def _keys(model: type[models.Section]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (config.Config, ()),
        (config.Portal, ("portals", "main")),
        (models.SyncSettings, ("sync",)),
        (models.QueueSettings, ("queue",)),
        (models.MetricsSettings, ("metrics",)),
        (models.Pipelines, ("portals", "main", "pipelines")),
        (models.Rules, ("portals", "main", "rules")),
        (models.LossReasons, ("portals", "main", "loss_reasons")),
        (models.SubReasons, ("portals", "main", "sub_reasons")),
        (models.People, ("portals", "main", "people")),
        (models.FunnelStages, ("portals", "main", "stages", 31)),
    ],
)
def test_every_key_stands_in_the_example(model: type[models.Section], place: tuple[str | int, ...]) -> None:
    value = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    both = value["portals"]
    for part in place:
        value = value[part]
    written = set(value)
    if model is config.Portal:
        written |= set(both["shop"])
    assert _keys(model) - written == set()


def test_a_misspelt_key_is_told_with_its_place_and_the_right_word(tmp_path: Path) -> None:
    text = PORTAL.replace("long_lived_token", "long_lived_tokn")
    assert '6:12: unknown key "long_lived_tokn", did you mean "long_lived_token"?' in mistakes(tmp_path, text)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = PORTAL + "    timezone: Mars/Base\n    currency: rubles\nsync: {every: 1}\n"
    found = mistakes(tmp_path, text)
    assert [line.split(":")[0] for line in found] == ["7", "8", "9"]
    assert '"Mars/Base" is no time zone' in found[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{long_lived_token: abc}", "{}", "give exactly one of"),
        ("{long_lived_token: abc}", "{webhook: 1/x}", "auth.webhook is Bitrix24's"),
        ("https://example.amocrm.ru", "example", "write the CRM's address alone"),
        ("https://example.amocrm.ru", "https://u:p@example.amocrm.ru", "write the CRM's address alone"),
        ("crm: amocrm", "crm: bitrix24", "auth.long_lived_token is amoCRM's"),
        ("crm: amocrm", "crm: amo", "input should be 'amocrm' or 'bitrix24'"),
    ],
)
def test_what_does_not_fit_the_crm_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert any(expected in line for line in mistakes(tmp_path, PORTAL.replace(old, new)))


def test_reasons_and_fields_must_be_known(tmp_path: Path) -> None:
    text = PORTAL + "    loss_reasons: {map: {Дорого: price_hig}}\n    fields: {deal.margn: 1}\n"
    found = mistakes(tmp_path, text)
    assert 'did you mean "price_high"?' in found[0]
    assert 'did you mean "deal.margin"?' in found[1]


def test_the_environment_is_put_into_values_and_never_into_the_file(tmp_path: Path) -> None:
    text = PORTAL.replace("abc", '"${TOKEN}"')
    loaded = load(tmp_path, text, {"TOKEN": 'x"}\nevil: {a: 1'})
    token = loaded.portals["main"].auth.long_lived_token
    assert token is not None
    assert token.get_secret_value() == 'x"}\nevil: {a: 1'


def test_an_unset_variable_is_told_with_its_line(tmp_path: Path) -> None:
    found = mistakes(tmp_path, PORTAL.replace("abc", '"${TOKEN}"'))
    assert found == ['6:30: the environment variable "TOKEN" is not set; set it or write the value here']


def test_an_unquoted_on_is_the_mode(tmp_path: Path) -> None:
    assert load(tmp_path, PORTAL + "    tasks: {mode: on}\n").portals["main"].tasks.mode == "on"


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="integrator init"):
        config.load(tmp_path / "none.yaml")


def test_no_secret_shows() -> None:
    environment = {**ENVIRONMENT, "PASSWORD": "pw-s3cret"}
    loaded, sources = config.load_with_sources(EXAMPLE, environment)
    loaded = loaded.model_copy(update={"database": type(loaded.database)("postgresql+psycopg://u:pw-s3cret@h/d")})
    shown = list(config.shown(loaded, sources))
    assert "s3cret" not in repr(loaded) + repr(shown)
    settings = {key: (value, source) for key, value, source in shown}
    assert settings["database"][0] == "postgresql+psycopg://u:********@h/d"
    line = next(n for n, text in enumerate(EXAMPLE.read_text(encoding="utf-8").splitlines(), 1) if "AMO_TOKEN" in text)
    assert settings["portals.main.auth.long_lived_token"] == (config.MASK, f"{EXAMPLE}:{line} ($AMO_TOKEN)")
    assert settings["portals.shop.timezone"] == ("Europe/Moscow", "default")
