"""The rule set as a document for people: classes and findings, their criteria, what is done, how many there are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from integrator import metrics
from integrator.engine.conditions import metrics_read
from integrator.engine.ruleset import CLASS, HEAD, RESPONSIBLE, SUBJECTS, listed
from integrator.engine.strata import asking, deciding
from integrator.planning.words import Words
from integrator.wording import conditions, samples
from integrator.wording.blocks import Block, Heading, Items, Paragraph, Quote, Table
from integrator.wording.grounds import definitions
from integrator.wording.labels import SUBJECTS as SUBJECT_WORDS
from integrator.wording.speech import Speech, speech_about

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from integrator.domain import Condition
    from integrator.engine.ruleset import Dimension, Due, Rule, RuleSet
    from integrator.store.standing import Standing

SHORT_HASH = len("sha256:") + 12
CURRENCIES = {"ru": "RUB", "en": "USD"}
EACH = {
    "client": ("Каждый клиент", "Each client"),
    "deal": ("Каждая сделка", "Each deal"),
    "manager": ("Каждый менеджер", "Each manager"),
}
SUCH = {
    "client": ("Такой клиент", "Such a client"),
    "deal": ("Такая сделка", "Such a deal"),
    "manager": ("Такой менеджер", "Such a manager"),
}
ASSIGNS = {
    "exactly_one": ("получает ровно один класс", "gets exactly one class"),
    "at_most_one": ("получает один класс или ни одного", "gets one class or none"),
}
SEVERITIES = {"low": ("низкая", "low"), "normal": ("обычная", "normal"), "high": ("высокая", "high")}


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom the document is: a portal with what stands in its base, or nobody in particular."""

    language: str
    now: datetime
    portal: str = ""
    zone: ZoneInfo | None = None
    currency: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class _Writer:
    rules: RuleSet
    setting: Setting
    speeches: Mapping[str, Speech]
    words: Words

    def either(self, russian: str, english: str) -> str:
        return russian if self.setting.language == "ru" else english

    def pick(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.setting.language, "").strip()

    def count(self, number: int, unit: str) -> str:
        return self.speeches["client"].count(number, unit)


def document(rules: RuleSet, setting: Setting) -> list[Block]:
    """Return the document as blocks."""
    zone = setting.zone or ZoneInfo("UTC")
    currency = setting.currency or CURRENCIES[setting.language]
    today = setting.now.astimezone(zone).date()
    plain = Speech(setting.language, zone, currency, today, {}, {})
    speeches = {
        subject: replace(plain, **speech_about(rules, subject, metrics.METRICS, setting.language))
        for subject in SUBJECTS
    }
    writer = _Writer(rules, setting, speeches, Words(setting.language, zone, currency, today))
    return [
        *_head(writer),
        *(block for name in sorted(rules.packs) for block in _pack(writer, name)),
        *_figures(writer),
    ]


def _head(writer: _Writer) -> Iterator[Block]:
    setting, standing = writer.setting, writer.setting.standing
    of_portal = writer.either(f"Правила портала {setting.portal}", f"The rules of {setting.portal}")
    yield Heading(1, of_portal if setting.portal else writer.either("Правила", "The rules"))
    speech = writer.speeches["client"]
    told = writer.either("Составлено по самим правилам", "Written from the rules themselves")
    yield Paragraph(f"{told}: {speech.clock(setting.now)}, {writer.rules.hash[:SHORT_HASH]}.")
    if standing is None:
        return
    if standing.at is None:
        yield Paragraph(
            writer.either(
                "Решений ещё нет: числа появятся после integrator evaluate.",
                "Nothing is decided yet: figures come with integrator evaluate.",
            )
        )
        return
    base = f"{writer.count(standing.subjects['client'], 'clients')}, {writer.count(standing.subjects['deal'], 'deals')}"
    tasks = writer.count(sum(standing.tasks.values()), "tasks")
    in_base, open_now = writer.either("В базе", "The base holds"), writer.either("открыто", "open")
    as_of = writer.either("по решениям на", "by the decisions of")
    yield Paragraph(f"{in_base} {base}; {open_now} {tasks} ({as_of} {speech.clock(standing.at)}).")


def _pack(writer: _Writer, name: str) -> Iterator[Block]:
    pack = writer.rules.packs[name]
    own = [rule for rule in writer.rules.rules if rule.pack == name]
    dimensions = [one for one in writer.rules.dimensions.values() if one.pack == name]
    if not own and not dimensions:
        return
    yield Heading(2, writer.pick(pack.title))
    if writer.pick(pack.description):
        yield Paragraph(writer.pick(pack.description))
    for dimension in dimensions:
        yield from _dimension(writer, dimension)
    for rule in own:
        if rule.dimension is None:
            yield from _alone(writer, rule)
    yield from _settings(writer, name)


def _dimension(writer: _Writer, one: Dimension) -> Iterator[Block]:
    speech = writer.speeches[one.subject]
    yield Heading(3, writer.pick(one.title))
    if one.only is not None:
        yield Paragraph(_sentence(one.only, speech), lead=writer.either("Только если", "Only if"))
    whom = EACH if one.only is None else SUCH
    intro = f"{writer.either(*whom[one.subject])} {writer.either(*ASSIGNS[one.assigns])}."
    first = writer.either(
        "Проверяется сверху вниз, решает первое верное; чего не хватает данных проверить, пропускается.",
        "Checked from the top, the first that holds decides; what lacks facts is passed over.",
    )
    yield Paragraph(f"{intro} {first}" if len(one.order) > 1 else intro)
    for full in one.order:
        yield from _value(writer, one, writer.rules.rule(full))
    if one.otherwise is not None:
        yield Heading(4, _valued(writer, one, one.otherwise), _how_many(writer, one, one.otherwise))
        yield Paragraph(writer.either("Все остальные.", "All others."))


def _valued(writer: _Writer, one: Dimension, value: str) -> str:
    text = writer.pick(one.values.get(value, {})) or value
    return text[:1].upper() + text[1:]


def _how_many(writer: _Writer, one: Dimension, value: str) -> str:
    standing = writer.setting.standing
    if standing is None or standing.at is None:
        return ""
    unit = f"{one.subject}s"
    number, whole = (
        standing.classes[one.name, value],
        sum(count for (name, _), count in standing.classes.items() if name == one.name),
    )
    share = f", {round(100 * number / whole)}\u202f%" if whole else ""
    return f"{writer.count(number, unit)}{share}"


def _value(writer: _Writer, one: Dimension, rule: Rule) -> Iterator[Block]:
    value = rule.classify or ""
    yield Heading(4, _valued(writer, one, value), _how_many(writer, one, value))
    yield from _criteria(writer, rule.when, rule.subject)
    yield from _deeds(writer, rule)


def _alone(writer: _Writer, rule: Rule) -> Iterator[Block]:
    standing = writer.setting.standing
    note = ""
    if standing is not None and standing.at is not None and rule.finding:
        note = writer.count(standing.findings[rule.full], f"{rule.subject}s")
    yield Heading(3, writer.pick(rule.title), note)
    severity = writer.either(*SEVERITIES[rule.severity]) if rule.severity in SEVERITIES else rule.severity
    about = writer.either(*SUBJECT_WORDS[rule.subject])
    yield Paragraph(writer.either(f"О чём: {about}; важность {severity}.", f"About each {about}; severity {severity}."))
    yield from _criteria(writer, rule.when, rule.subject)
    yield from _deeds(writer, rule)


def _criteria(writer: _Writer, condition: Condition, subject: str) -> Iterator[Block]:
    speech = writer.speeches[subject]
    (_, first), *rest = conditions.outline(condition, speech)
    yield Paragraph(_upper(first) if rest else f"{_upper(first)}.")
    if rest:
        yield Items(tuple((depth - 1, text) for depth, text in rest))
    for name, made in definitions(metrics_read(condition), writer.rules.params, speech):
        yield Paragraph(f"{_upper(speech.label(name))}: {made}.")


def _sentence(condition: Condition, speech: Speech) -> str:
    return f"{conditions.sentence(condition, speech)}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _times(writer: _Writer, rule: Rule) -> Iterator[Block]:
    """Yield how long the criteria must hold, how long they are remembered, and the points they give."""
    if rule.for_days is not None:
        days = writer.count(rule.for_days, "days")
        yield Paragraph(writer.either(f"И так уже {days} или дольше.", f"And so for {days} or longer."))
    if rule.keep is not None and rule.keep.until is not None:
        until = _sentence(rule.keep.until, writer.speeches[rule.subject])
        yield Paragraph(
            until, lead=writer.either("Остаётся в силе, пока не станет верно:", "Stays so until this holds:")
        )
    if rule.keep is not None and rule.keep.days is not None:
        days = writer.count(rule.keep.days, "days")
        longest = rule.keep.until is not None
        stays = writer.either("Но не дольше, чем ещё" if longest else "Остаётся в силе ещё", "Stays so for")
        yield Paragraph(f"{stays} {days}{writer.either('.', ' more at most.' if longest else ' more.')}")
    if rule.score is not None:
        yield Paragraph(writer.either(f"Баллы: {rule.score:+d}.", f"Points: {rule.score:+d}."))


def _deeds(writer: _Writer, rule: Rule) -> Iterator[Block]:
    """Yield what is done: the task as its manager would read it, about an imagined client."""
    yield from _times(writer, rule)
    if rule.task is None:
        if rule.finding:
            said = writer.either("отмечается находкой, задача не ставится.", "a finding is noted, no task is made.")
            yield Paragraph(said, lead=writer.either("Что делаем:", "What is done:"))
        return
    standing = writer.setting.standing
    made = ""
    if standing is not None and standing.at is not None:
        made = f" {writer.either('Сейчас открыто', 'Open now')}: {standing.tasks[rule.full]}."
    to = {
        RESPONSIBLE: writer.either("задача ответственному", "a task for the responsible manager"),
        HEAD: writer.either("задача руководителю", "a task for the manager's head"),
    }[rule.task.to]
    yield Paragraph(
        f"{to}, {_due(writer, rule, rule.task.due)}.{made}", lead=writer.either("Что делаем:", "What is done:")
    )
    if rule.task.only is not None:
        only = _sentence(rule.task.only, writer.speeches[rule.subject])
        yield Paragraph(only, lead=writer.either("Задача ставится, только если", "The task is made only if"))
    yield _sample(writer, rule, rule.task.template)
    yield from _chain(writer, rule)


def _due(writer: _Writer, rule: Rule, due: Due) -> str:
    if due.on is not None:
        day = writer.speeches[rule.subject].label(due.on)
        return writer.either(f"срок — {day}", f"due on the day of: {day}")
    days = writer.count(due.working_days, "days")
    return writer.either(f"срок рабочих дней: {due.working_days}", f"due within {days} (working)")


def _chain(writer: _Writer, rule: Rule) -> Iterator[Block]:
    """Yield the steps of the rule's chain, each by the first line of its task, and what ends it."""
    chain = rule.task.chain if rule.task else None
    if chain is None:
        return
    lead = writer.either("Цепочка дел:", "A chain of tasks:")
    each = writer.either("каждое следующее — когда сделано прежнее.", "each once the one before is done.")
    yield Paragraph(f"{writer.pick(chain.title)}; {each}", lead=lead)
    steps = [(_sample(writer, rule, step.template).lines[0], _due(writer, rule, step.due)) for step in chain.steps]
    yield Items(tuple((0, f"{title} ({due})") for title, due in steps))
    if chain.stop is not None:
        ends = writer.either("Цепочка прекращается, если", "The chain ends if")
        yield Paragraph(_sentence(chain.stop, writer.speeches[rule.subject]), lead=ends)


def _sample(writer: _Writer, rule: Rule, name: str) -> Quote:
    language = writer.setting.language
    template = writer.rules.templates[rule.pack, name]
    facts = samples.facts(rule.subject, metrics.METRICS, writer.setting.now, language)
    facts |= {name: value for name, value in _own(rule).items() if name in facts}
    facts["lists"] = listed(writer.rules, rule.pack, language)
    title = writer.words.title(template.title[language], facts)
    body = [writer.words.render(part[language], facts) for part in (template.why, template.closes)]
    return Quote((title, *(line for part in body for line in part.splitlines())))


def _own(rule: Rule) -> dict[str, Any]:
    """Return facts of the rule's own first example that fires: the sample is then such a one."""
    fitting = (example.given for example in rule.examples if example.expect == "fires")
    given = next(fitting, {})
    return {name: value for name, value in given.items() if isinstance(value, str | bool) or value is None}


def _settings(writer: _Writer, pack: str) -> Iterator[Block]:
    own = [param for param in writer.rules.declared.values() if param.pack == pack]
    if not own:
        return
    yield Heading(3, writer.either("Настройки", "Settings"))
    head = (writer.either("Имя", "Name"), writer.either("Значение", "Value"), writer.either("Что это", "What it is"))
    speech = writer.speeches["client"]
    rows = []
    for param in own:
        value = _param(param.value, speech)
        if param.value != param.default:
            value += writer.either(
                f" (обычно {_param(param.default, speech)})", f" (by default {_param(param.default, speech)})"
            )
        rows.append((param.full, value, writer.pick(param.doc)))
    yield Table(head, tuple(rows), frozenset({1}))


def _param(value: Any, speech: Speech) -> str:
    if isinstance(value, bool) or value is None:
        return speech.value("", value)
    if isinstance(value, list | tuple):
        return ", ".join(_param(one, speech) for one in value)
    return str(value) if isinstance(value, str) else speech.ratio(value)


def _figures(writer: _Writer) -> Iterator[Block]:
    """Yield what the figures mean that the rules read."""
    rows = [row for subject in SUBJECTS for row in _of_subject(writer, subject)]
    if rows:
        yield Heading(2, writer.either("Что значат показатели", "What the figures mean"))
        head = (
            writer.either("Показатель", "Figure"),
            writer.either("О чём", "About"),
            writer.either("Что это", "What it is"),
        )
        yield Table(head, tuple(rows))


def _of_subject(writer: _Writer, subject: str) -> Iterator[tuple[str, str, str]]:
    speech = writer.speeches[subject]
    read: dict[str, None] = {}
    for rule in writer.rules.rules:
        if rule.subject == subject:
            for condition in (*deciding(rule), *asking(rule)):
                read |= dict.fromkeys(metrics_read(condition))
    made = dict(definitions(read, writer.rules.params, speech))
    for name in read:
        about = speech.metrics.get(name)
        if about is None or name.startswith(CLASS):
            continue
        how = f" {_upper(made[name])}." if name in made else ""
        yield _upper(speech.label(name)), writer.either(*SUBJECT_WORDS[subject]), f"{writer.pick(about.doc)}{how}"
