"""Rows of amoCRM's API as our own; pure, and the last place that knows what a lead is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.amocrm.identities import keys
from connectors.amocrm.values import tax_numbers, text
from integrator.domain import (
    Account,
    Company,
    Contact,
    Deal,
    EntityKind,
    LossReason,
    Note,
    Outcome,
    Pipeline,
    Stage,
    StageChange,
    Task,
    TaskKind,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from integrator.ports import PortalSettings, Row

    Json = Mapping[str, Any]
    Mapper = Callable[[Json, "Layout"], Row | None]

# The two system stages that every pipeline has under the same ids (reference, 3.6).
OUTCOMES = {142: Outcome.WON, 143: Outcome.LOST}
BOUND_TO = {"leads": EntityKind.DEAL, "contacts": EntityKind.CONTACT, "companies": EntityKind.COMPANY}
NATIVE, FIELD, STAGE = "native", "field", "stage"
TASK_ORIGIN = "task"
# An account's own types of task have other ids (reference, 3.8).
TASK_KINDS = {1: TaskKind.CALL, 2: TaskKind.MEETING}
UNSORTED_TYPE = 1  # of a stage (reference, 3.6)
TAX_NUMBER = "client.tax_number"


@dataclass(frozen=True, slots=True)
class Layout:
    """How this portal uses its CRM: `fields` gives our names by the CRM's field id or code, for each kind.

    `unsorted` are the stages in which a request waits until somebody accepts it: until then it is no deal.
    """

    timezone: ZoneInfo
    portal: str = ""
    pipelines: frozenset[int] = frozenset()
    fields: Mapping[EntityKind, Mapping[str, str]] = field(default_factory=dict)
    reason_source: str = NATIVE
    reason_field: str | None = None
    unsorted: frozenset[int] = frozenset()

    @classmethod
    def of(cls, settings: PortalSettings) -> Layout:
        """Return the layout that the settings describe."""
        kinds = (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL)
        return cls(
            timezone=ZoneInfo(settings.timezone),
            portal=settings.name,
            pipelines=settings.pipelines,
            fields={
                kind: {str(ids[kind]): name for name, ids in settings.fields.items() if kind in ids} for kind in kinds
            },
            reason_source=settings.loss_reason_source,
            reason_field=settings.loss_reason_field,
        )

    def ours(self, pipeline_id: int, status_id: int) -> bool:
        """Whether what stands at this stage of this pipeline is a deal, and the product's business."""
        return status_id not in self.unsorted and (not self.pipelines or pipeline_id in self.pipelines)

    def named(self, kind: EntityKind, name: str) -> str | None:
        """Return the field of the kind that the configuration means by the name, by its id or code."""
        return next((field for field, given in self.fields.get(kind, {}).items() if given == name), None)


def instant(seconds: Any) -> datetime:
    """Return the instant; amoCRM gives Unix seconds everywhere (reference, 3.1)."""
    return datetime.fromtimestamp(int(seconds or 0), UTC)


def company(row: Json, layout: Layout) -> Company:
    """Return the company."""
    return Company(
        id=row["id"],
        name=row.get("name") or "",
        responsible_id=row.get("responsible_user_id") or None,
        created_at=instant(row.get("created_at")),
        updated_at=instant(row.get("updated_at")),
        fields=_fields(row, layout.fields.get(EntityKind.COMPANY, {}), layout),
        keys=keys(layout.portal, row, layout.named(EntityKind.COMPANY, TAX_NUMBER), layout.timezone),
    )


def contact(row: Json, layout: Layout) -> Contact:
    """Return the contact."""
    return Contact(
        id=row["id"],
        name=row.get("name") or " ".join(filter(None, (row.get("first_name"), row.get("last_name")))),
        company_id=_first(row, "companies"),
        responsible_id=row.get("responsible_user_id") or None,
        created_at=instant(row.get("created_at")),
        updated_at=instant(row.get("updated_at")),
        fields=_fields(row, layout.fields.get(EntityKind.CONTACT, {}), layout),
        keys=keys(layout.portal, row, layout.named(EntityKind.CONTACT, TAX_NUMBER), layout.timezone),
    )


def deal(row: Json, layout: Layout) -> Deal | None:
    """Return the deal, None when it is in no pipeline of ours or not accepted yet."""
    pipeline_id, status_id = row["pipeline_id"], row["status_id"]
    if not layout.ours(pipeline_id, status_id):
        return None
    outcome = OUTCOMES.get(status_id, Outcome.OPEN)
    closed_at = row.get("closed_at")
    source, fields = row.get("source_id"), _fields(row, layout.fields.get(EntityKind.DEAL, {}), layout)
    return Deal(
        id=row["id"],
        title=row.get("name") or "",
        pipeline_id=pipeline_id,
        stage_id=str(status_id),
        outcome=outcome,
        amount=_amount(row),
        currency=None,
        company_id=_first(row, "companies"),
        contact_id=_main_contact(row),
        responsible_id=row.get("responsible_user_id") or None,
        created_at=instant(row.get("created_at")),
        updated_at=instant(row.get("updated_at")),
        closed_at=None if closed_at is None or outcome is Outcome.OPEN else instant(closed_at),
        loss_reason_id=_loss_reason(row, outcome, layout),
        # The account's own field, where one is named; amoCRM itself knows only by which integration the deal came.
        source=fields.get("deal.source") or (str(source) if source else None),
        fields=fields,
    )


def task(row: Json, _layout: Layout) -> Task | None:
    """Return the task, None when it hangs on nothing that we keep (a customer, or nothing)."""
    kind = BOUND_TO.get(row.get("entity_type") or "")
    if kind is None or not row.get("entity_id"):
        return None
    result = row.get("result")
    completed = bool(row.get("is_completed"))
    updated_at = instant(row.get("updated_at"))
    due = row.get("complete_till")
    return Task(
        origin=TASK_ORIGIN,
        id=row["id"],
        entity_kind=kind,
        entity_id=row["entity_id"],
        responsible_id=row.get("responsible_user_id") or None,
        text=row.get("text") or "",
        due_at=instant(due) if due else None,
        completed=completed,
        # No field tells when; completing is a change, and a completed task is hardly ever changed after it.
        completed_at=updated_at if completed else None,
        created_at=instant(row.get("created_at")),
        updated_at=updated_at,
        # [] when there is none, an object when there is (reference, 3.8).
        result=str(result.get("text") or "") if isinstance(result, dict) else "",
        kind=TASK_KINDS.get(row.get("task_type_id") or 0, TaskKind.TASK),
    )


def stage_change(row: Json, layout: Layout) -> StageChange | None:
    """Return the stage change of an event, None when it led to no pipeline of ours or does not say where."""
    after = row.get("value_after") or [{}]
    status = after[0].get("lead_status") if isinstance(after, list) else None
    if not isinstance(status, dict) or not layout.ours(status["pipeline_id"], status["id"]):
        return None
    return StageChange(
        id=str(row["id"]),
        deal_id=row["entity_id"],
        pipeline_id=status["pipeline_id"],
        stage_id=str(status["id"]),
        at=instant(row["created_at"]),
    )


def note(row: Json) -> Note | None:
    """Return what a person wrote, None for what the CRM or a service wrote."""
    words = (row.get("params") or {}).get("text")
    if row.get("note_type") != "common" or not words:
        return None
    return Note(
        id=row["id"],
        deal_id=row["entity_id"],
        text=str(words),
        created_at=instant(row.get("created_at")),
        created_by=row.get("created_by") or None,
    )


MAPPERS: Mapping[EntityKind, Mapper] = {
    EntityKind.COMPANY: company,
    EntityKind.CONTACT: contact,
    EntityKind.DEAL: deal,
    EntityKind.TASK: task,
    EntityKind.STAGE_CHANGE: stage_change,
}


def account(row: Json) -> Account:
    """Return the account; only Kommo tells its currency (reference, 3.11)."""
    settings = (row.get("_embedded") or {}).get("datetime_settings") or row.get("datetime_settings") or {}
    return Account(
        id=str(row["id"]),
        name=row.get("name") or "",
        currency=row.get("currency") or None,
        timezone=settings.get("timezone") or None,
    )


def user(row: Json) -> User:
    """Return the user; his group is the department."""
    rights = row.get("rights") or {}
    group = rights.get("group_id")
    return User(
        id=row["id"],
        name=row.get("name") or "",
        active=bool(rights.get("is_active", True)),
        department_ids=(group,) if group is not None else (),
    )


def pipeline(row: Json) -> Pipeline:
    """Return the pipeline with its stages in order; where requests wait to be accepted is none, they are no deals."""
    stages = (
        Stage(
            id=str(status["id"]),
            pipeline_id=row["id"],
            name=status.get("name") or "",
            sort=status.get("sort") or 0,
            outcome=OUTCOMES.get(status["id"], Outcome.OPEN),
        )
        for status in (row.get("_embedded") or {}).get("statuses") or ()
        if status.get("type") != UNSORTED_TYPE
    )
    return Pipeline(
        row["id"], row.get("name") or "", row.get("sort") or 0, tuple(sorted(stages, key=lambda stage: stage.sort))
    )


def unsorted(rows: Iterable[Json]) -> frozenset[int]:
    """Return the stages of these pipelines in which requests wait to be accepted."""
    stages = (stage for row in rows for stage in (row.get("_embedded") or {}).get("statuses") or ())
    return frozenset(stage["id"] for stage in stages if stage.get("type") == UNSORTED_TYPE)


def loss_reason(row: Json) -> LossReason:
    """Return a reason of the account's own list."""
    return LossReason(str(row["id"]), row.get("name") or "")


def options(row: Json) -> tuple[LossReason, ...]:
    """Return the options of a field of the kind list."""
    return tuple(LossReason(str(enum["id"]), enum.get("value") or "") for enum in row.get("enums") or ())


def failed_stages(pipelines: Iterable[Pipeline]) -> tuple[LossReason, ...]:
    """Return the failed stages as reasons."""
    return tuple(
        LossReason(f"{each.id}:{stage.id}", stage.name)
        for each in pipelines
        for stage in each.stages
        if stage.outcome is Outcome.LOST
    )


def _first(row: Json, plural: str) -> int | None:
    linked = (row.get("_embedded") or {}).get(plural) or ()
    return linked[0]["id"] if linked else None


def _main_contact(row: Json) -> int | None:
    linked = (row.get("_embedded") or {}).get("contacts") or ()
    main = next((each["id"] for each in linked if each.get("is_main")), None)
    return main if main is not None else _first(row, "contacts")


def _amount(row: Json) -> Decimal:
    # `price` is whole units everywhere; Kommo adds the exact amount beside it since 2026 (reference, 3.3).
    exact = row.get("price_with_minor_units")
    try:
        return Decimal(str(row.get("price") or 0 if exact is None else exact))
    except InvalidOperation:
        return Decimal(0)


def _loss_reason(row: Json, outcome: Outcome, layout: Layout) -> str | None:
    if layout.reason_source == STAGE:
        return f"{row['pipeline_id']}:{row['status_id']}" if outcome is Outcome.LOST else None
    if layout.reason_source == FIELD:
        return _chosen(row, layout)
    native = row.get("loss_reason_id") or _first(row, "loss_reason")
    return str(native) if native else None


def _chosen(row: Json, layout: Layout) -> str | None:
    for each in row.get("custom_fields_values") or ():
        if layout.reason_field in (str(each.get("field_id")), each.get("field_code")):
            first = (each.get("values") or [{}])[0]
            option = first.get("enum_id")
            return str(option) if option else text(each, layout.timezone) or None
    return None


def _fields(row: Json, names: Mapping[str, str], layout: Layout) -> Mapping[str, str]:
    # null, not [], when none is set (reference, 3.3).
    if not names or not row.get("custom_fields_values"):
        return {}
    found = {}
    for each in row["custom_fields_values"]:
        name = names.get(str(each.get("field_id"))) or names.get(each.get("field_code") or "")
        if name and (value := _written(name, each, layout)):
            found[name] = value
    return found


def _written(name: str, field: Json, layout: Layout) -> str:
    # The text of a legal entity is its name, and here its number is meant.
    return ", ".join(tax_numbers(field, layout.timezone)) if name == TAX_NUMBER else text(field, layout.timezone)
