"""The portal's dictionaries: what has to be asked for, and what the answers mean (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.bitrix24.fields import FieldSpec
from connectors.bitrix24.mapping import FAILED_LEAD, Lookups, money, person_name
from connectors.bitrix24.portal import Wanted
from integrator.domain import (
    Account,
    Currency,
    Directory,
    EntityKind,
    LossReason,
    Outcome,
    Pipeline,
    Stage,
    User,
)

if TYPE_CHECKING:
    from connectors.bitrix24.batch import Rows
    from integrator.ports import PortalSettings

SUB_REASON = "deal.sub_reason"
LOSS_REASON = "deal.loss_reason"
DEAL_ENTITY = 2
_FAILED = "F"
_OUTCOMES = {"S": Outcome.WON, _FAILED: Outcome.LOST}
_CONFIGURABLE = (EntityKind.COMPANY, EntityKind.CONTACT, EntityKind.DEAL)
# Lists of the CRM that built-in fields choose from.
_BUILT_IN_LISTS = {
    "SOURCE_ID": "SOURCE",
    "INDUSTRY": "INDUSTRY",
    "COMPANY_TYPE": "COMPANY_TYPE",
    "TYPE_ID": "DEAL_TYPE",
}
_SOURCES, _LEAD_STATUSES, _SECTIONS, _PRODUCTS = "SOURCE", "STATUS", "sections", "products"

Answers = Mapping[str, Any]


def reason_is_field(settings: PortalSettings) -> bool:
    """Tell whether a field of the deal holds the reason; else the failed stage is the reason."""
    return settings.loss_reason_source == "field" and bool(settings.loss_reason_field)


def codes(settings: PortalSettings, kind: EntityKind) -> dict[str, str]:
    """Return the configured fields of an entity: our name → the CRM's code."""
    return {name: str(of[kind]) for name, of in sorted(settings.fields.items()) if kind in of}


def lookups_wanted(settings: PortalSettings) -> dict[str, Wanted]:
    """Return what is needed to read the rows: types and options of the configured fields, names of sources."""
    wanted = {_SOURCES: _statuses(_SOURCES)}
    for kind in _CONFIGURABLE:
        if codes(settings, kind) or (kind is EntityKind.DEAL and reason_is_field(settings)):
            wanted |= _fields_wanted(kind)
    if f"{EntityKind.DEAL}.fields" in wanted:
        # A lead has fields of its own: those of the deal are read from it where they bear the same code.
        wanted |= _fields_wanted(EntityKind.LEAD, optional=True)
    wanted |= _catalogue_wanted()
    for code in _listed_codes(settings):
        wanted.setdefault(_BUILT_IN_LISTS[code], _statuses(_BUILT_IN_LISTS[code]))
    return wanted


def lookups(settings: PortalSettings, answers: Answers) -> Lookups:
    """Return what the rows refer to."""
    specs = {
        kind: tuple(field_spec(name, code, kind, answers) for name, code in codes(settings, kind).items())
        for kind in _CONFIGURABLE
    }
    specs[EntityKind.LEAD] = tuple(
        field_spec(name, code, EntityKind.LEAD, answers)
        for name, code in codes(settings, EntityKind.DEAL).items()
        if _lead_has(code, answers)
    )
    loss = lead_loss = None
    if reason_is_field(settings) and (code := settings.loss_reason_field):
        loss = field_spec(LOSS_REASON, code, EntityKind.DEAL, answers)
        lead_loss = field_spec(LOSS_REASON, code, EntityKind.LEAD, answers) if _lead_has(code, answers) else None
    return Lookups(
        fields=specs,
        sources=_names(answers.get(_SOURCES)),
        loss=loss,
        lead_loss=lead_loss,
        sections={str(row["ID"]): str(row.get("NAME") or "") for row in answers.get(_SECTIONS) or ()},
        has_products=bool(answers.get(_PRODUCTS)),
        portal=settings.name,
    )


def directory_wanted() -> dict[str, Wanted]:
    """Return what the directory consists of, but for the stages, whose lists the pipelines name."""
    return {
        "users": Wanted("user.get", {"sort": "ID", "order": "ASC"}),
        "pipelines": Wanted("crm.category.list", {"entityTypeId": DEAL_ENTITY}, path=("categories",)),
        "currencies": Wanted("crm.currency.list"),
        _LEAD_STATUSES: replace(_statuses(_LEAD_STATUSES), optional=True),
    }


def stages_wanted(pipelines: Rows) -> dict[str, Wanted]:
    """Return the list of stages of each pipeline, by the pipeline's id."""
    return {str(row["id"]): _statuses(_stage_list(int(row["id"]))) for row in pipelines}


def directory(settings: PortalSettings, answers: Answers, stages: Answers, lookups: Lookups) -> Directory:
    """Return the dictionaries."""
    currencies = tuple(_currencies(answers["currencies"]))
    pipelines = tuple(_pipeline(row, stages.get(str(row["id"])) or []) for row in answers["pipelines"])
    return Directory(
        account=account(settings, currencies),
        users=tuple(_user(row) for row in answers["users"]),
        pipelines=tuple(sorted(pipelines, key=lambda pipeline: (pipeline.sort, pipeline.id))),
        loss_reasons=_loss_reasons(settings, pipelines, lookups) + _lead_reasons(answers, lookups),
        currencies=currencies,
        sub_reasons=_sub_reasons(lookups),
    )


def account(settings: PortalSettings, currencies: Sequence[Currency]) -> Account:
    """Return the account; a webhook does not learn its portal's lasting id: it is configured, or the host stands in."""
    host = urlsplit(settings.base_url).netloc or settings.base_url
    base = next((currency.code for currency in currencies if currency.is_base), None)
    return Account(settings.secrets.get("member_id") or host, host, base)


def read_currencies(rows: Iterable[Mapping[str, Any]]) -> tuple[Currency, ...]:
    """Return the currencies with what one unit of each is worth in the base currency."""
    return tuple(_currencies(rows))


def field_spec(name: str, code: str, kind: EntityKind, answers: Answers) -> FieldSpec:
    """Return the field with its type and options, from whichever of the two lists knows them."""
    described = answers.get(f"{kind}.fields")
    told = described.get(code, {}) if isinstance(described, Mapping) else {}
    own: Mapping[str, Any] = next(
        (row for row in answers.get(f"{kind}.userfields") or () if row.get("FIELD_NAME") == code), {}
    )
    options = _options(own.get("LIST")) or _options(told.get("items")) or _names(answers.get(_list_of(code, own)))
    return FieldSpec(name, code, str(own.get("USER_TYPE_ID") or told.get("type") or "string"), options)


def missing(settings: PortalSettings, described: Answers, pipelines: Rows) -> list[str]:
    """Return a sentence for each configured field and pipeline that the portal does not have."""
    wanted = [(name, code, kind) for kind in _CONFIGURABLE for name, code in codes(settings, kind).items()]
    if reason_is_field(settings) and settings.loss_reason_field:
        wanted.append(("loss_reasons.field", settings.loss_reason_field, EntityKind.DEAL))
    found = {(name, code) for name, code, kind in wanted if code in (described.get(f"{kind}.fields") or ())}
    # One code for both kinds of client is fine when one of them has it.
    said = [
        f"{name}: a {kind} of this portal has no field {code}."
        for name, code, kind in wanted
        if (name, code) not in found
    ]
    there = {int(row["id"]) for row in pipelines}
    return said + [f"pipelines: this portal has no pipeline {number}." for number in sorted(settings.pipelines - there)]


def _fields_wanted(kind: EntityKind, *, optional: bool = False) -> dict[str, Wanted]:
    """Return what tells the types and options of an entity's fields.

    Either may lack the options of a field: older portals have no list of a company's own fields by webhook.
    """
    return {
        f"{kind}.userfields": Wanted(f"crm.{kind}.userfield.list", {"order": {"ID": "ASC"}}, optional=True),
        f"{kind}.fields": Wanted(f"crm.{kind}.fields", optional=optional),
    }


def _catalogue_wanted() -> dict[str, Wanted]:
    """Return what tells the groups of the catalogue, and whether anything is in it: `start=-1` is one page, uncounted.

    A portal may have no catalogue, and a webhook's user no right to see it.
    """
    return {
        _SECTIONS: Wanted("crm.productsection.list", {"order": {"ID": "ASC"}, "select": ("ID", "NAME")}, optional=True),
        _PRODUCTS: Wanted("crm.product.list", {"order": {"ID": "ASC"}, "select": ("ID",), "start": -1}, optional=True),
    }


def _lead_has(code: str, answers: Answers) -> bool:
    own = answers.get(f"{EntityKind.LEAD}.userfields") or ()
    return code in (answers.get(f"{EntityKind.LEAD}.fields") or ()) or any(row.get("FIELD_NAME") == code for row in own)


def _listed_codes(settings: PortalSettings) -> list[str]:
    configured = {code for kind in _CONFIGURABLE for code in codes(settings, kind).values()}
    return sorted(configured & _BUILT_IN_LISTS.keys())


def _list_of(code: str, own: Mapping[str, Any]) -> str:
    """Return which list of the CRM the field chooses from, empty where it does not."""
    return _BUILT_IN_LISTS.get(code, "") if not own else ""


def _statuses(entity: str) -> Wanted:
    return Wanted("crm.status.list", {"filter": {"ENTITY_ID": entity}, "order": {"SORT": "ASC"}})


def _stage_list(pipeline: int) -> str:
    return f"DEAL_STAGE_{pipeline}" if pipeline else "DEAL_STAGE"


def _names(rows: Any) -> dict[str, str]:
    return {str(row["STATUS_ID"]): str(row.get("NAME") or row["STATUS_ID"]) for row in rows or ()}


def _options(rows: Any) -> dict[str, str]:
    return {str(row["ID"]): str(row["VALUE"]) for row in rows} if isinstance(rows, list) else {}


def _user(row: Mapping[str, Any]) -> User:
    # A real boolean here (reference, 3.8), Y and N in older answers.
    active = row.get("ACTIVE") in (True, "Y", "1", "true")
    departments = row.get("UF_DEPARTMENT")
    numbers = tuple(int(number) for number in departments) if isinstance(departments, list) else ()
    name = person_name(row) or str(row.get("EMAIL") or "") or str(row["ID"])
    return User(int(row["ID"]), name, active, numbers)


def _pipeline(row: Mapping[str, Any], stages: Rows) -> Pipeline:
    number = int(row["id"])
    # The filter may have been dropped: stages of another list are not this pipeline's.
    own = [stage for stage in stages if stage.get("ENTITY_ID") == _stage_list(number)]
    mapped = (_stage(stage, number) for stage in own)
    ordered = tuple(sorted(mapped, key=lambda stage: stage.sort))
    return Pipeline(number, str(row.get("name") or ""), int(row.get("sort") or 0), ordered)


def _stage(row: Mapping[str, Any], pipeline: int) -> Stage:
    # A stage under way has no semantics at all; ids are taken as they are, long ones are cut short (reference, 3.5).
    outcome = _OUTCOMES.get(row.get("SEMANTICS") or "", Outcome.OPEN)
    return Stage(str(row["STATUS_ID"]), pipeline, str(row.get("NAME") or ""), int(row.get("SORT") or 0), outcome)


def _currencies(rows: Iterable[Mapping[str, Any]]) -> Iterable[Currency]:
    seen: set[str] = set()
    # The base currency first: a currency listed twice, once for each language, is taken once.
    for row in sorted(rows, key=lambda row: row.get("BASE") != "Y"):
        code = str(row.get("CURRENCY") or "")
        if code and code not in seen:
            seen.add(code)
            yield Currency(
                code, money(row.get("AMOUNT")) / (money(row.get("AMOUNT_CNT")) or Decimal(1)), row.get("BASE") == "Y"
            )


def _loss_reasons(settings: PortalSettings, pipelines: Sequence[Pipeline], lookups: Lookups) -> tuple[LossReason, ...]:
    if reason_is_field(settings):
        options = lookups.loss.options if lookups.loss else {}
        return tuple(LossReason(number, name) for number, name in options.items())
    return tuple(
        LossReason(f"{stage.pipeline_id}:{stage.id}", stage.name)
        for pipeline in pipelines
        if not settings.pipelines or pipeline.id in settings.pipelines
        for stage in pipeline.stages
        if stage.outcome is Outcome.LOST
    )


def _lead_reasons(answers: Answers, lookups: Lookups) -> tuple[LossReason, ...]:
    """Return the reasons that leads alone have: options of their own field, else their failed statuses."""
    if lookups.lead_loss is not None:
        known = lookups.loss.options if lookups.loss else {}
        own = lookups.lead_loss.options
        return tuple(LossReason(number, name) for number, name in own.items() if number not in known)
    return tuple(
        LossReason(f"{FAILED_LEAD}{row['STATUS_ID']}", str(row.get("NAME") or row["STATUS_ID"]))
        for row in answers.get(_LEAD_STATUSES) or ()
        # The filter may have been dropped: a failed stage of deals is not one of leads.
        if row.get("ENTITY_ID") == _LEAD_STATUSES and row.get("SEMANTICS") == _FAILED
    )


def _sub_reasons(lookups: Lookups) -> tuple[LossReason, ...]:
    kinds = (EntityKind.DEAL, EntityKind.LEAD)
    specs = (spec for kind in kinds for spec in lookups.specs(kind) if spec.name == SUB_REASON)
    found = {number: name for spec in specs for number, name in spec.options.items()}
    return tuple(LossReason(number, name) for number, name in found.items())
