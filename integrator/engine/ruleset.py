"""A rule set as the engine sees it: packs that were checked, parameters already put in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from integrator.domain import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.domain import Condition


Texts = dict[str, str]
LANGUAGES = ("ru", "en")
SUBJECTS = ("client", "deal", "manager")
CLASS = "class."
# Before a metric or a class of the client whose deal it is.
OF_CLIENT = "client."
SCORE = "score"
SCORE_BOUNDS = (0, 100)
RESPONSIBLE, HEAD = "responsible", "head"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """The place in a file where something is written; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Param:
    """A number, word or list of a pack that a portal may set otherwise; `value` is the effective one.

    `values` are the words that a string may be; without them it is any text.
    """

    pack: str
    name: str
    type: str
    value: Any
    default: Any
    doc: Texts
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """The name under which a portal sets it."""
        return f"{self.pack}.{self.name}"


@dataclass(frozen=True, slots=True)
class Due:
    """When a task falls due: at the end of work so many working days from now, or on the day that a metric names."""

    working_days: int = 0
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One task of a chain."""

    template: str
    due: Due


@dataclass(frozen=True, slots=True)
class Chain:
    """Tasks of which each follows the one before; none follows once `stop` is TRUE."""

    name: str
    title: Texts
    steps: tuple[Step, ...]
    stop: Condition | None = None


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """The task that a rule asks for; `only` must be TRUE for it beside the rule's own condition.

    It goes `to` the responsible manager or to his head. Where it begins a chain, it is the chain's first step.
    """

    template: str
    due: Due
    only: Condition | None = None
    to: str = RESPONSIBLE
    chain: Chain | None = None

    @property
    def stop(self) -> Condition | None:
        """What must not be TRUE for the task."""
        return self.chain.stop if self.chain else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All tasks that may come of the rule, in their order."""
        return self.chain.steps if self.chain else (Step(self.template, self.due),)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions on which it depends beside its rule."""
        return tuple(condition for condition in (self.only, self.stop) if condition is not None)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long a rule that fired stays so: until the condition is TRUE, or so many days after it last held."""

    until: Condition | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Facts with what the rule's condition must make of them: fires, silent or unknown.

    `task` says whether its task must be asked for where it fires; None says nothing.
    """

    given: Mapping[str, Any]
    expect: str
    source: Source
    task: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `dimension` is the class it decides about, `anchor` the fact that starts its episode.

    `score` are the points it gives. `for_days` is how long its condition must hold before it fires, `keep` how long it
    fires after that.
    """

    pack: str
    id: str
    title: Texts
    subject: str
    severity: str
    when: Condition
    evidence: tuple[str, ...]
    source: Source
    anchor: str | None = None
    finding: str | None = None
    classify: str | None = None
    dimension: str | None = None
    task: TaskSpec | None = None
    examples: tuple[Example, ...] = ()
    score: int | None = None
    for_days: int | None = None
    keep: Keep | None = None

    @property
    def full(self) -> str:
        """The id that is unique among packs."""
        return f"{self.pack}/{self.id}"

    @property
    def takes_time(self) -> bool:
        """True where the facts of one day do not tell whether it fires."""
        return self.for_days is not None or self.keep is not None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to classify subjects: the first rule of `order` that is TRUE gives the value, else `otherwise`."""

    pack: str
    name: str
    title: Texts
    subject: str
    assigns: str
    values: Mapping[str, Texts]
    order: tuple[str, ...]
    source: Source
    otherwise: str | None = None
    only: Condition | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """The texts of a task as Jinja templates, by language."""

    pack: str
    name: str
    title: Texts
    why: Texts
    closes: Texts


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack says of itself."""

    name: str
    title: Texts
    description: Texts


@dataclass(frozen=True, slots=True)
class Stratum:
    """Conditions that read nothing decided later, by id, and the dimensions decided once they are known.

    Ids: of a rule's condition its full id, of its task's `<full>#task`, of its chain's end `<full>#stop`, of what lets
    it go `<full>#until`, of a dimension's `<name>#only`. `timed` are the rules that take time of which by now all is
    known; `scored` where the sum of points is known by now, and read later.
    """

    conditions: Mapping[str, Condition]
    dimensions: tuple[str, ...]
    timed: tuple[str, ...] = ()
    scored: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a portal with the hash of what they mean.

    `templates` and `lists` (texts by code) are keyed by pack and name, `params` (`pack.name` → effective value) hold
    what metrics and pages read,
    `strata` are keyed by subject kind. `ready` is what deciding made of the rules and keeps for the next subject.
    """

    hash: str
    packs: Mapping[str, Pack]
    rules: tuple[Rule, ...]
    dimensions: Mapping[str, Dimension]
    templates: Mapping[tuple[str, str], Template]
    params: Mapping[str, Any]
    declared: Mapping[str, Param]
    strata: Mapping[str, tuple[Stratum, ...]]
    lists: Mapping[tuple[str, str], Mapping[str, Texts]] = field(default_factory=dict)
    ready: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def rule(self, full: str) -> Rule:
        """Return the rule with this full id; KeyError when there is none."""
        for rule in self.rules:
            if rule.full == full:
                return rule
        raise KeyError(full)


def listed(rules: RuleSet, pack: str, language: str) -> dict[str, list[str]]:
    """Return the pack's lists as texts of tasks name them: by name, in the language."""
    return {name: [texts[language] for texts in one.values()] for (of, name), one in rules.lists.items() if of == pack}


def score_metric(subject: str) -> Metric:
    """Return the sum of points as a fact that rules can read."""
    return Metric(f"{CLASS}{SCORE}", subject, "integer", "", {"ru": "Сумма баллов.", "en": "The sum of points."})
