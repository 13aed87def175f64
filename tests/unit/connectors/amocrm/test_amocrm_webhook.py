from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from connectors.amocrm.webhook import HANDLED, IGNORED, Hint, parse
from integrator.domain import EntityKind

HOOKS = Path(__file__).parent / "hooks"
COMPANY, CONTACT, DEAL, TASK = EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL, EntityKind.TASK

RECORDED = {
    "raw_2025_leads_add": [(DEAL, 32966269, "leads.add")],
    "raw_2025_leads_update": [(DEAL, 32966269, "leads.update")],
    "raw_2025_contacts_add": [(CONTACT, None, "contacts.add")],
    "raw_2025_contacts_update": [(CONTACT, None, "contacts.update")],
    "kommo_doc_leads_status": [(DEAL, None, "leads.status")],
    "kommo_doc_leads_responsible": [(DEAL, None, "leads.responsible")],
    "kommo_doc_leads_restore": [(DEAL, None, "leads.restore")],
    "kommo_doc_leads_delete": [(DEAL, None, "leads.delete")],
    "kommo_doc_leads_note": [(DEAL, 15320411, "leads.note")],
    "kommo_doc_contacts_responsible_comes_as_update": [(CONTACT, 17611273, "contacts.update")],
    "kommo_doc_contacts_note": [(CONTACT, None, "contacts.note")],
    "kommo_doc_contacts_delete": [(CONTACT, None, "contacts.delete")],
    "kommo_doc_companies_add_under_contacts": [(COMPANY, None, "contacts.add")],
    "kommo_doc_companies_delete_under_contacts": [(COMPANY, None, "contacts.delete")],
    "kommo_doc_companies_note_under_contacts": [(COMPANY, 17614267, "contacts.note")],
    "kommo_doc_task_add": [(TASK, None, "task.add")],
    "kommo_doc_task_complete": [(TASK, 1564845, "task.update")],
    "kommo_doc_task_result_added": [(TASK, None, "task.update")],
    "kommo_doc_task_update_text": [(TASK, None, "task.update")],
    "kommo_doc_task_responsible_comes_as_update": [(TASK, None, "task.update")],
    "kommo_doc_task_delete": [(TASK, None, "task.delete")],
    "kommo_doc_unsorted_delete_accept": [(DEAL, 15258873, "unsorted.delete")],
    "kommo_doc_unsorted_delete_decline": [],
    "kommo_doc_message_add": [],
    "kommo_doc_talk_update_closed": [],
    "kommo_doc_catalogs_delete": [],
}


def hook(body):
    return parse(parse_qsl(body, keep_blank_values=True))


def recorded(name):
    return (HOOKS / f"{name}.urlencoded.txt").read_text("utf-8").strip()


def test_every_recorded_body_is_judged():
    assert {path.name.removesuffix(".urlencoded.txt") for path in HOOKS.glob("*.urlencoded.txt")} == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_bodies_name_their_rows(name):
    found = hook(recorded(name))
    expected = RECORDED[name]
    assert [(hint.kind, hint.event) for hint in found.hints] == [(kind, event) for kind, _id, event in expected]
    for hint, (_kind, id_, _event) in zip(found.hints, expected, strict=True):
        assert id_ in (None, hint.id)
        assert f"={hint.id}" in recorded(name)
    assert found.unknown == ()
    assert found.events


def test_the_account_is_told():
    found = hook(recorded("raw_2025_leads_add"))
    assert (found.account_id, found.subdomain) == ("32427762", "etesttask")


def test_an_account_at_the_end_and_the_ids_of_the_digital_pipeline():
    found = hook(
        "leads[status][0][id]=5&leads[status][0][status_id]=142&leads[status][0][pipeline_id]=31"
        "&leads[status][0][old_status_id]=1&leads[status][0][old_pipeline_id]=30&account[id]=9&account[subdomain]=x"
    )
    assert found.hints == (Hint(DEAL, 5, "leads.status"),)
    assert found.account_id == "9"


def test_several_entries_of_several_events_in_one_body():
    found = hook(
        "leads[add][0][id]=1&leads[add][1][id]=2&leads[update][0][id]=1&contacts[update][0][id]=3"
        "&contacts[update][0][type]=contact&contacts[update][1][id]=3&contacts[update][1][type]=company&task[add][0][id]=4"
    )
    assert found.hints == (
        Hint(DEAL, 1, "leads.add"),
        Hint(DEAL, 2, "leads.add"),
        Hint(DEAL, 1, "leads.update"),
        Hint(CONTACT, 3, "contacts.update"),
        Hint(COMPANY, 3, "contacts.update"),
        Hint(TASK, 4, "task.add"),
    )


def test_the_same_entry_twice_is_one_hint():
    assert hook("leads[add][0][id]=1&leads[add][1][id]=1").hints == (Hint(DEAL, 1, "leads.add"),)


def test_events_nobody_knows_are_named_and_harm_nothing():
    found = hook("robots[wake][0][id]=1&leads[teleport][0][id]=2&leads[add][0][id]=3")
    assert found.unknown == ("robots.wake", "leads.teleport")
    assert found.hints == (Hint(DEAL, 3, "leads.add"),)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "leads",
        "leads[add]=1",
        "leads[add][0]=1",
        "leads[add][0][id]=",
        "leads[add][0][id]=x",
        "leads[add][0][id]=0",
        "leads[add][0][id]=-5",
        "leads[add][0][id]=1e9",
        "leads[add][0][id]=" + "9" * 400,
        "leads[add][x][id]=1",
        "leads[add][0][id][]=1",
        "leads" + "[a]" * 5000 + "=1",
        "account[add][0][id]=1",
        "leads[add][0][id]=٣",
    ],
)
def test_odd_bodies_give_no_hint(body):
    assert hook(body).hints == ()


def test_no_event_is_both_handled_and_ignored():
    assert not HANDLED.keys() & IGNORED
