"""The keys of the configuration file, as frozen models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)

from integrator import positions
from integrator.domain.reasons import BY_CODE, SUB_REASONS
from integrator.errors import ConfigError, Problem

if TYPE_CHECKING:
    from integrator.positions import Location

FIELD_NAMES = (
    "client.quarter_volume",
    "client.need_date",
    "client.industry",
    "client.region",
    "client.blacklisted",
    "client.partner",
    "client.verified_at",
    "client.complaint",
    "client.tax_number",
    "deal.margin",
    "deal.source",
    "deal.reason_text",
    "deal.sub_reason",
    "deal.planned_at",
    "deal.referrer",
)


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
DATABASES = ("sqlite:///", "postgresql+psycopg://")


class Section(BaseModel):
    """A mapping of the file; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _one_or_two(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _mode(value: Any) -> Any:
    """YAML reads an unquoted `on` as true: it is meant as the word."""
    return "on" if value is True else value


class SyncSettings(Section):
    """`every`: seconds between polls for changes that no hook told of."""

    every: int = Field(60, ge=5, le=86_400)


class QueueSettings(Section):
    """`lease`: seconds after which a dead worker's work is taken over."""

    lease: int = Field(60, ge=5, le=3600)


class MetricsSettings(Section):
    """`port`: where /metrics listens on loopback."""

    port: int = Field(9108, ge=0, le=65_535)


class OAuth(Section):
    """An application of the CRM."""

    client_id: str
    client_secret: SecretStr


class Auth(Section):
    """Exactly one way in."""

    long_lived_token: SecretStr | None = None
    webhook: SecretStr | None = None
    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in (self.long_lived_token, self.webhook, self.oauth) if way is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of long_lived_token (amoCRM), webhook (Bitrix24) and oauth")
        return self


class Pipelines(Section):
    """`include`: the sales pipelines (empty: all); `complaints`: those whose open deals are complaints."""

    include: tuple[int, ...] = ()
    complaints: tuple[int, ...] = ()


class Rules(Section):
    """Which rules decide for the portal; `params` are written `pack.param`."""

    paths: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    params: dict[str, Any] = Field(default_factory=dict)
    watch: bool = True


class LossReasons(Section):
    """Where the reason of a refusal stands, and what the portal's words mean."""

    source: Literal["native", "field", "stage"] | None = None
    field: str | None = None
    map: dict[str, str] = Field(default_factory=dict)

    @field_validator("field", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @field_validator("map")
    @classmethod
    def _canonical(cls, value: dict[str, str]) -> dict[str, str]:
        return _known_values(value, tuple(BY_CODE), "reason")

    @model_validator(mode="after")
    def _field_named(self) -> Self:
        if self.source == "field" and not self.field:
            raise ValueError("source: field needs `field`, the id of the CRM's field with the reason")
        return self


class SubReasons(Section):
    """What the portal's words for a sub-reason mean."""

    map: dict[str, str] = Field(default_factory=dict)

    @field_validator("map")
    @classmethod
    def _canonical(cls, value: dict[str, str]) -> dict[str, str]:
        return _known_values(value, SUB_REASONS, "sub-reason")


class FunnelStages(Section):
    """The stage of each step of the funnel, in one pipeline."""

    acquaintance: int | str | None = None
    presentation: int | str | None = None
    contract: int | str | None = None
    payment: int | str | None = None

    def named(self) -> dict[str, str]:
        """Return the stages that are named, by step, in the order of the process."""
        return {step: str(stage) for step, stage in self if stage is not None}


class People(Section):
    """Who leads, who stands in for whom, and when who is away; ids of users."""

    head: int | None = None
    heads: dict[int, int] = Field(default_factory=dict)
    deputies: dict[int, int] = Field(default_factory=dict)
    pool: tuple[int, ...] = ()
    absences: dict[int, tuple[str, ...]] = Field(default_factory=dict)


class Tasks(Section):
    """Whether and how tasks are written; `managers` are those of a pilot."""

    mode: Annotated[Literal["on", "observe", "pilot"], BeforeValidator(_mode)] = "observe"
    as_: Literal["task", "todo"] = Field("task", alias="as")
    managers: tuple[int, ...] = ()


class Limits(Section):
    """Requests a second, and at once before, where the CRM's plan allows other than the usual."""

    per_second: float = Field(gt=0, le=1000)
    burst: int = Field(ge=1, le=1000)


FieldIds = int | str | dict[Literal["company", "contact"], int | str]


class Portal(Section):
    """One CRM account."""

    crm: Literal["amocrm", "bitrix24"]
    base_url: str
    auth: Auth
    webhook_secret: Annotated[tuple[SecretStr, ...], BeforeValidator(_one_or_two), Field(max_length=2)] = ()
    application_token: SecretStr | None = None
    member_id: str | None = None
    timezone: str = "Europe/Moscow"
    language: Literal["ru", "en"] = "ru"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "RUB"
    pipelines: Pipelines = Pipelines()
    rules: Rules = Rules()
    loss_reasons: LossReasons = LossReasons()
    sub_reasons: SubReasons = SubReasons()
    fields: dict[str, FieldIds] = Field(default_factory=dict)
    stages: dict[int, FunnelStages] = Field(default_factory=dict)
    people: People = People()
    tasks: Tasks = Tasks()
    limits: Limits | None = None

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ValueError('write the CRM\'s address alone, such as "https://example.amocrm.ru"')
        return value.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f'"{value}" is no time zone; write one such as Europe/Moscow') from None
        return value

    @field_validator("fields")
    @classmethod
    def _named(cls, value: dict[str, FieldIds]) -> dict[str, FieldIds]:
        for name in value:
            if name not in FIELD_NAMES:
                raise ValueError(f'unknown field name "{name}"{positions.suggest(name, FIELD_NAMES)}')
        return value

    @model_validator(mode="after")
    def _fits_the_crm(self) -> Self:
        wrong = _misfit(self)
        if wrong:
            raise ValueError(wrong)
        return self

    @property
    def reason_source(self) -> str:
        """Where the reason of a refusal stands: `native`, `field` or `stage`; by default what the CRM offers."""
        return self.loss_reasons.source or ("native" if self.crm == "amocrm" else "stage")

    @property
    def zone(self) -> ZoneInfo:
        """The portal's time zone."""
        return ZoneInfo(self.timezone)

    def field_ids(self) -> dict[str, dict[str, str]]:
        """Return the CRM's field ids by our name and entity (`deal`, or `company` and `contact`)."""
        ids: dict[str, dict[str, str]] = {}
        for name, value in self.fields.items():
            kinds = ("deal",) if name.startswith("deal.") else ("company", "contact")
            table = value if isinstance(value, dict) else dict.fromkeys(kinds, value)
            ids[name] = {kind: str(number) for kind, number in table.items()}
        return ids


class Config(Section):
    """The whole file."""

    database: SecretStr = SecretStr("sqlite:///integrator.db")
    public_url: str | None = None
    trusted_proxies: int = Field(0, ge=0, le=10)
    sync: SyncSettings = SyncSettings()
    queue: QueueSettings = QueueSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: tuple[SecretStr, ...] = ()

    @field_validator("database")
    @classmethod
    def _address_of_database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(DATABASES):
            raise ValueError('write "sqlite:///FILE" or "postgresql+psycopg://USER:PASSWORD@HOST/NAME"')
        return value

    portals: Annotated[dict[Name, Portal], Field(min_length=1)]

    _document: positions.Document | None = PrivateAttr(default=None)

    def remember(self, document: positions.Document) -> None:
        """Mistakes found later are told at their place in this document."""
        self._document = document

    def problem(self, path: Location, message: str) -> Problem:
        """Return `message` as a problem at the place of `path` in the file that this was loaded from."""
        if self._document is None:
            return Problem("config.yaml", 1, 1, message)
        return self._document.problem(path, message)

    def portal_named(self, name: str) -> Portal:
        """Return the portal; ConfigError with the names there are."""
        if name not in self.portals:
            known = ", ".join(self.portals)
            raise ConfigError(f'unknown portal "{name}"{positions.suggest(name, self.portals)} (configured: {known})')
        return self.portals[name]


def _misfit(portal: Portal) -> str:
    """Return what does not go with the portal's CRM, or an empty text."""
    if portal.crm == "amocrm":
        if portal.auth.webhook is not None:
            return "auth.webhook is Bitrix24's; amoCRM takes long_lived_token or oauth"
        if portal.tasks.as_ == "todo":
            return "tasks.as: todo is Bitrix24's; remove it"
        return ""
    if portal.auth.long_lived_token is not None:
        return "auth.long_lived_token is amoCRM's; Bitrix24 takes webhook or oauth"
    if portal.loss_reasons.source == "native":
        return "loss_reasons.source: native is amoCRM's; Bitrix24 takes field or stage"
    return ""


def _known_values(table: dict[str, str], known: tuple[str, ...], what: str) -> dict[str, str]:
    for name, code in table.items():
        if code not in known:
            raise ValueError(f'"{name}" is mapped to an unknown {what} "{code}"{positions.suggest(code, known)}')
    return table
