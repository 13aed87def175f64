from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from connectors.bitrix24.webhook import HANDLED, IGNORED, Hint, authentic, ignored, parse
from integrator.domain import EntityKind

EVENTS = Path(__file__).parent / "events"
TOKEN = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas"
MEMBER = "d897063e1ce7c5eb9f04b9751eef5915"


def nested(body: str) -> dict:
    form: dict = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        *path, last = key.replace("]", "").split("[")
        node = form
        for name in path:
            node = node.setdefault(name, {})
        node[last] = value
    return form


def body(name: str) -> str:
    return (EVENTS / f"event.{name}.body.txt").read_text().strip()


READ = {
    "ONCRMACTIVITYADD.app": Hint(EntityKind.TASK, 999, "ONCRMACTIVITYADD", "activity"),
    "ONCRMACTIVITYADD.webhook": Hint(EntityKind.TASK, 999, "ONCRMACTIVITYADD", "activity"),
    "ONCRMACTIVITYDELETE.app": Hint(EntityKind.TASK, 999, "ONCRMACTIVITYDELETE", "activity"),
    "ONCRMACTIVITYUPDATE.app": Hint(EntityKind.TASK, 999, "ONCRMACTIVITYUPDATE", "activity"),
    "ONCRMCOMPANYUPDATE.app": Hint(EntityKind.COMPANY, 2917, "ONCRMCOMPANYUPDATE"),
    "ONCRMCONTACTUPDATE.app": Hint(EntityKind.CONTACT, 82, "ONCRMCONTACTUPDATE"),
    "ONCRMCONTACTUPDATE.webhook": Hint(EntityKind.CONTACT, 82, "ONCRMCONTACTUPDATE"),
    "ONCRMDEALADD.app": Hint(EntityKind.DEAL, 6641, "ONCRMDEALADD"),
    "ONCRMDEALADD.webhook": Hint(EntityKind.DEAL, 7405, "ONCRMDEALADD"),
    "ONCRMDEALDELETE.app": Hint(EntityKind.DEAL, 1765, "ONCRMDEALDELETE"),
    "ONCRMDEALDELETE.webhook": Hint(EntityKind.DEAL, 1765, "ONCRMDEALDELETE"),
    "ONCRMDEALMOVETOCATEGORY.app": Hint(EntityKind.DEAL, 6675, "ONCRMDEALMOVETOCATEGORY"),
    "ONCRMDEALUPDATE.app": Hint(EntityKind.DEAL, 759, "ONCRMDEALUPDATE"),
    "ONCRMDEALUPDATE.webhook": Hint(EntityKind.DEAL, 759, "ONCRMDEALUPDATE"),
    "ONCRMLEADADD.webhook.captured2018": Hint(EntityKind.LEAD, 365, "ONCRMLEADADD"),
    "ONTASKADD.app": Hint(EntityKind.TASK, 123, "ONTASKADD", "task"),
    "ONTASKDELETE.app": Hint(EntityKind.TASK, 123, "ONTASKDELETE", "task"),
    "ONTASKUPDATE.app": Hint(EntityKind.TASK, 123, "ONTASKUPDATE", "task"),
    "ONTASKUPDATE.webhook": Hint(EntityKind.TASK, 123, "ONTASKUPDATE", "task"),
}


@pytest.mark.parametrize("path", sorted(EVENTS.iterdir()), ids=lambda path: path.name)
def test_each_documented_event_is_read_or_ignored_for_a_reason(path):
    name = path.name.removeprefix("event.").removesuffix(".body.txt")
    hook = parse(nested(path.read_text().strip()))
    assert hook.hints == ((READ[name],) if name in READ else ())
    assert (ignored(hook.events[0]) is None) == (name in READ)
    assert hook.unknown == ()
    assert hook.account_id
    assert hook.subdomain.endswith((".bitrix24.com", ".bitrix24.ru"))


@pytest.mark.parametrize("made", [list, dict])
def test_a_flat_form_is_read_alike(made):
    form = made(parse_qsl(body("ONCRMDEALADD.webhook")))
    assert parse(form) == parse(nested(body("ONCRMDEALADD.webhook")))
    assert authentic(form, TOKEN, MEMBER)


def test_the_case_of_an_events_name_does_not_matter():
    form = {"event": "onCrmDealUpdate", "data": {"FIELDS": {"ID": 5}}}
    assert parse(form).hints == (Hint(EntityKind.DEAL, 5, "ONCRMDEALUPDATE"),)


def test_a_product_is_read_again():
    form = {"event": "onCrmProductUpdate", "data": {"FIELDS": {"ID": "7"}}}
    assert parse(form).hints == (Hint(EntityKind.PRODUCT, 7, "ONCRMPRODUCTUPDATE"),)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"event": ["ONCRMDEALADD"]},
        {"event": "ONCRMDEALADD"},
        {"event": "ONCRMDEALADD", "data": "undefined"},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": "undefined"}}},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": "-1"}}},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": "٣"}}},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": "9" * 5000}}},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": {"ID": True}}},
        {"event": "ONCRMDEALADD", "data": {"FIELDS": [1, 2]}},
        {"event": "ONNOBODYKNOWS", "data": {"FIELDS": {"ID": "1"}}},
    ],
)
def test_what_names_no_entity_hints_at_nothing(form):
    assert parse(form).hints == ()


def test_an_event_nobody_foresaw_is_not_called_ignored():
    assert parse({"event": "ONNOBODYKNOWS"}).unknown == ("ONNOBODYKNOWS",)
    assert ignored("onCrmQuoteAdd") == IGNORED["ONCRMQUOTE"]
    assert ignored("onCrmLeadUserFieldAdd") == IGNORED["ONCRMLEADUSERFIELD"]
    assert ignored("onCrmProductSectionUpdate") == IGNORED["ONCRMPRODUCTSECTION"]


def test_nothing_handled_is_ignored():
    assert [name for name in HANDLED if ignored(name)] == []


@pytest.mark.parametrize(
    ("token", "member", "expected"),
    [
        (TOKEN, MEMBER, True),
        (TOKEN, None, True),
        (("old", TOKEN), MEMBER, True),
        (TOKEN, "another", False),
        (TOKEN[:-1], MEMBER, False),
        ("", MEMBER, False),
        ((), MEMBER, False),
        (("",), None, False),
    ],
)
def test_an_event_is_authentic_by_token_and_portal(token, member, expected):
    assert authentic(nested(body("ONCRMDEALADD.webhook")), token, member) is expected


@pytest.mark.parametrize(
    "auth", [{}, {"application_token": ""}, {"application_token": ["x"]}, {"application_token": "ключ\udcff"}, "x"]
)
def test_a_strangers_event_is_refused_whatever_it_holds(auth):
    assert not authentic({"event": "ONCRMDEALADD", "auth": auth}, TOKEN, None)


def test_the_portal_is_told_by_its_lasting_id():
    assert parse(nested(body("ONCRMDEALADD.webhook"))).account_id == MEMBER
    assert parse({"auth": {"member_id": ["x"]}}).account_id == ""
