"""The JSON Schema of packs, made from the tables that the loader reads by: editors complete and check while one types.

It says what a file's form can say. Whether a named rule, template, parameter or phrase exists, and whether two metrics
may be compared, is the loader's to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrator.domain import Metric
from integrator.engine import dimensions, given, loader, params, rules, tasks, templates
from integrator.engine.conditions import LONGEST_AGO
from integrator.engine.literals import AMOUNT, CURRENCY
from integrator.engine.operators import DATED, FAMILY_OF_TYPE, OPERATORS
from integrator.engine.reading import NAME
from integrator.engine.reference import JOINS
from integrator.engine.ruleset import CLASS, LANGUAGES, SCORE, SUBJECTS, score_metric

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAMED: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
PARAM: Schema = {"type": "string", "pattern": rf"^\$({NAME.pattern})$"}
CLASSES: Schema = {
    "type": "string",
    "pattern": rf"^(client[.])?{CLASS.replace('.', '[.]')}(?!{SCORE}$){NAME.pattern}$",
}
# Editors read a day or an instant as text, other readers of YAML as a date.
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ].*([Zz]|[+-]\d{1,2}(:?\d{2})?)$"}
NUMBER: Schema = {"type": "number"}
FRACTION: Schema = {"type": "string", "pattern": r"^\s*[+-]?[\d._]+([eE][+-]?\d+)?(/[\d_]+)?\s*$"}
MONEY: Schema = {
    "anyOf": [
        NUMBER,
        {
            "type": "object",
            "properties": {"amount": NUMBER, "currency": {"type": "string", "pattern": f"^{CURRENCY.pattern}$"}},
            "required": list(AMOUNT),
            "additionalProperties": False,
        },
    ]
}


def schema(metrics: Mapping[tuple[str, str], Metric]) -> Schema:
    """Return the schema of a pack whose rules may name these metrics (by subject and name)."""
    by_subject = {
        one: {
            **{name: metric for (of, name), metric in metrics.items() if of == one},
            f"{CLASS}{SCORE}": score_metric(one),
        }
        for one in SUBJECTS
    }
    return {
        "$schema": DIALECT,
        "title": "A rule pack",
        **_object(_pack(), loader.REQUIRED),
        "$defs": {
            "texts": _object({one: {"type": "string", "pattern": r"\S"} for one in LANGUAGES}, LANGUAGES),
            "param": _param(),
            "class": _by_subject(_class(), dimensions.REQUIRED, lambda one: {"only": _ref(f"{one}_condition")}),
            "rule": _anchored(_by_subject(_rule(), rules.REQUIRED, _rule_about)),
            "template": _object({part: _ref("texts") for part in templates.PARTS}, templates.PARTS),
            "chain": _chain(),
            **{f"{one}_day": _day_name(own.values()) for one, own in by_subject.items()},
            **{f"{one}_condition": _condition(one, own.values()) for one, own in by_subject.items()},
            **{name: test for one in SUBJECTS for name, test in _tests(one).items()},
            **{f"{one}_metric": _metric_name(own) for one, own in by_subject.items()},
            **{f"{one}_given": _given(own.values()) for one, own in by_subject.items()},
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: Mapping[str, Any], required: Iterable[str] = ()) -> Schema:
    needed = [key for key in required if key in properties]
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _named(values: Schema, pattern: str = NAME.pattern) -> Schema:
    return {"type": "object", "patternProperties": {f"^{pattern}$": values}, "additionalProperties": False}


def _several(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, **more}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _pack() -> Schema:
    return {
        "schema": {"const": loader.SCHEMA, "description": "The version of this language."},
        "name": {**NAMED, "description": "The name of the pack's folder."},
        "title": _ref("texts"),
        "description": _ref("texts"),
        "params": {**_named(_ref("param")), "description": "Numbers and words that a portal may set otherwise."},
        "phrases": {
            **_named({**_object({one: _several({"type": "string"}) for one in LANGUAGES}), "minProperties": 1}),
            "description": "Lists of phrases, for `mentions: {phrases: name}`.",
        },
        "lists": {
            **_named({**_named(_ref("texts")), "minProperties": 1}),
            "description": "Texts by code, which texts of tasks name as `lists.name`.",
        },
        "classes": {
            **_named(_ref("class")),
            "propertyNames": {"not": {"const": SCORE}},
            "description": "Ways to classify subjects.",
        },
        "rules": _several(_ref("rule")),
        "chains": {**_named(_ref("chain")), "description": "Tasks of which each follows the one before."},
        "templates": {**_named(_ref("template")), "description": "The texts of tasks."},
    }


_DEFAULTS: dict[str, Schema] = {
    "integer": {"anyOf": [{"type": "integer"}, FRACTION]},
    "number": {"anyOf": [NUMBER, FRACTION]},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "list": {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
}


def _param() -> Schema:
    properties = {
        "type": {"enum": list(params.TYPES)},
        "default": {},
        "doc": _ref("texts"),
        "min": _DEFAULTS["number"],
        "max": _DEFAULTS["number"],
        "values": _several(NAMED),
    }
    return {
        **_object(properties, params.REQUIRED),
        "allOf": [_when("type", type_, _of_type(type_)) for type_ in params.TYPES],
    }


def _of_type(type_: str) -> Schema:
    absent = [] if type_ in params.BOUNDED else ["min", "max"]
    absent += [] if type_ == "string" else ["values"]
    return {"default": _DEFAULTS[type_], **dict.fromkeys(absent, False)}


def _when(key: str, value: str, then: Mapping[str, Any]) -> Schema:
    return {"if": {"properties": {key: {"const": value}}, "required": [key]}, "then": {"properties": dict(then)}}


def _by_subject(properties: Schema, required: Iterable[str], about: Any) -> Schema:
    return {
        **_object(properties, required),
        "allOf": [_when("subject", one, about(one)) for one in SUBJECTS],
    }


def _anchored(rule: Schema) -> Schema:
    """Return the schema of a rule that has an anchor where something follows that begins and ends."""
    lasting = {"anyOf": [{"required": ["finding"]}, {"required": ["task"]}]}
    needed = {"if": {"properties": {"then": lasting}, "required": ["then"]}, "then": {"required": ["anchor"]}}
    return {**rule, "allOf": [*rule["allOf"], needed]}


def _class() -> Schema:
    return {
        "title": _ref("texts"),
        "subject": {"enum": list(SUBJECTS)},
        "assigns": {"enum": list(dimensions.ASSIGNS)},
        "values": _named(_ref("texts"), dimensions.VALUE.pattern),
        "order": {
            **_several(NAMED),
            "uniqueItems": True,
            "description": "Rules of this pack; the first TRUE one wins.",
        },
        "only": {"description": "Whom the class is about; without it, everybody."},
        "otherwise": {"type": "string", "description": "The value of those for whom no rule is true."},
    }


def _rule() -> Schema:
    return {
        "id": NAMED,
        "title": _ref("texts"),
        "subject": {"enum": list(SUBJECTS)},
        "severity": {"enum": list(rules.SEVERITIES)},
        "when": {"description": "The condition."},
        "anchor": {"description": "The metric whose value starts an episode: a new value is a new task."},
        "evidence": {"description": "The metrics that are shown; without it, those that the condition reads."},
        "for": {
            **_object(dict.fromkeys(rules.FOR, _whole(1, rules.LONGEST_HELD)), rules.FOR),
            "description": "How long the condition must hold before the rule fires.",
        },
        "keep": {
            **_object({"until": {}, "days": _whole(1, rules.LONGEST_HELD)}),
            "minProperties": 1,
            "description": "How long the rule fires after its condition: until another is TRUE, so many days, or both.",
        },
        "then": {**_then(), "description": "What follows when the condition is TRUE."},
        "examples": {},
    }


def _rule_about(subject: str) -> Schema:
    condition, metric = _ref(f"{subject}_condition"), _ref(f"{subject}_metric")
    due = {"properties": {"on": _ref(f"{subject}_day")}}
    task = {"properties": {"task": {"properties": {"only": condition, "due": due}}}}
    example = _object(
        {
            "given": _ref(f"{subject}_given"),
            "expect": {"enum": list(given.EXPECTED)},
            "at": {"anyOf": [DAY, INSTANT], "description": "As of when the example is judged."},
            "task": {"type": "boolean", "description": "Whether the task is asked for where the rule fires."},
        },
        given.REQUIRED,
    )
    return {
        "when": condition,
        "anchor": metric,
        "evidence": _several(metric),
        "keep": {"properties": {"until": condition}},
        "then": task,
        "examples": _several(example),
    }


def _then() -> Schema:
    points = {**_whole(-rules.MOST_POINTS, rules.MOST_POINTS), "not": {"const": 0}}
    known = {"classify": {"type": "string"}, "finding": NAMED, "score": points, "task": _task()}
    return {**_object({key: known[key] for key in rules.THEN}), "minProperties": 1}


def _task() -> Schema:
    properties = {
        "template": NAMED,
        "due": _due({}),
        "chain": {**NAMED, "description": "A chain of this pack; its first step is the task."},
        "only": {"description": "What must be TRUE for the task, beside the rule."},
        "to": {"enum": list(tasks.TO), "description": "Who gets the task; without it, the responsible manager."},
    }
    return {
        **_object(properties),
        "if": {"required": list(tasks.CHAINED)},
        "then": {"properties": dict.fromkeys(tasks.TASK, False)},
        "else": {"required": list(tasks.TASK)},
    }


def _due(day: Schema) -> Schema:
    known = {"working_days": _whole(0, tasks.LONGEST_DUE), "on": day}
    return {**_object({key: known[key] for key in tasks.DUE}), "minProperties": 1, "maxProperties": 1}


def _chain() -> Schema:
    day = {"anyOf": [_ref(f"{one}_day") for one in SUBJECTS]}
    properties = {
        "title": _ref("texts"),
        "steps": _several(_object({"template": NAMED, "due": _due(day)}, tasks.STEP)),
        "stop": {
            "anyOf": [_ref(f"{one}_condition") for one in SUBJECTS],
            "description": "Once it is TRUE, no task of the chain follows.",
        },
    }
    return _object(properties, tasks.CHAIN)


def _day_name(metrics: Iterable[Metric]) -> Schema | bool:
    """Return the schema of a metric that is a day or an instant; where there is none, nothing is."""
    names = sorted(metric.name for metric in metrics if metric.type in DATED)
    return {"enum": names} if names else False


def _metric_name(metrics: Collection[str]) -> Schema:
    return {"anyOf": [{"enum": sorted(metrics)}, CLASSES]}


def _condition(subject: str, metrics: Iterable[Metric]) -> Schema:
    groups = {join: _several(_ref(f"{subject}_condition")) for join in JOINS}
    tests = {metric.name: {"description": _about(metric), **_asked(subject, metric)} for metric in metrics}
    return {
        "type": "object",
        "properties": {**groups, **tests},
        "patternProperties": {CLASSES["pattern"]: _ref(f"{subject}_string_test")},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _about(metric: Metric) -> str:
    unit = f", {metric.unit}" if metric.unit else ""
    return f"{metric.doc.get('en', '')} ({metric.type}{unit}) {metric.doc.get('ru', '')}".strip()


def _asked(subject: str, metric: Metric) -> Schema:
    """Return the schema of a test of the metric: that of its type, unless its values are listed."""
    return _test(subject, metric) if metric.values else _ref(f"{subject}_{metric.type}_test")


def _tests(subject: str) -> dict[str, Schema]:
    kinds = {type_: Metric("", subject, type_, "", {}) for type_ in FAMILY_OF_TYPE}
    return {f"{subject}_{type_}_test": _test(subject, metric) for type_, metric in kinds.items()}


def _test(subject: str, metric: Metric) -> Schema:
    asked = {
        op: {"description": f"The value {one.asks}.", **_OPERANDS[one.takes](subject, metric, op)}
        for op, one in OPERATORS.items()
        if metric.type in one.types
    }
    return {**_object(asked), "minProperties": 1, "maxProperties": 1}


def _literal(metric: Metric, *, exact: bool = True) -> Schema:
    if metric.values:
        return {"enum": list(metric.values)}
    literals: dict[str, Schema] = {
        "integer": {"type": "integer"} if exact else NUMBER,
        "number": NUMBER,
        "money": MONEY,
        "boolean": {"type": "boolean"},
        "date": DAY,
        "instant": INSTANT,
    }
    return literals.get(metric.type, {"type": "string"})


def _value(subject: str, metric: Metric, op: str) -> Schema:
    other = _object({"metric": _ref(f"{subject}_metric")}, ("metric",))
    return {"anyOf": [_literal(metric, exact=op in {"eq", "ne"}), PARAM, other]}


def _list(_: str, metric: Metric, __: str) -> Schema:
    return {"anyOf": [_several({"anyOf": [_literal(metric), PARAM]}), PARAM]}


def _range(_: str, metric: Metric, __: str) -> Schema:
    return _several({"anyOf": [_literal(metric, exact=False), PARAM]}) | {"minItems": 2, "maxItems": 2}


def _flag(_: str, __: Metric, ___: str) -> Schema:
    return {"type": "boolean"}


def _days(_: str, __: Metric, ___: str) -> Schema:
    return {"anyOf": [_whole(0, LONGEST_AGO), PARAM]}


def _phrases(_: str, __: Metric, ___: str) -> Schema:
    return {"anyOf": [_several({"type": "string", "pattern": r"\w"}), PARAM, _object({"phrases": NAMED}, ("phrases",))]}


def _pattern(_: str, __: Metric, ___: str) -> Schema:
    return {"type": "string", "minLength": 1}


_OPERANDS = {
    "value": _value,
    "list": _list,
    "range": _range,
    "flag": _flag,
    "days": _days,
    "phrases": _phrases,
    "pattern": _pattern,
}


def _given(metrics: Iterable[Metric]) -> Schema:
    facts = {metric.name: _fact(metric) for metric in metrics}
    return {**_object(facts), "patternProperties": {CLASSES["pattern"]: {"type": ["string", "null"]}}}


def _fact(metric: Metric) -> Schema:
    ago = [_object({given.AGO: _whole(0, LONGEST_AGO)}, (given.AGO,))] if metric.type in DATED else []
    return {"description": _about(metric), "anyOf": [_literal(metric), {"type": "null"}, *ago]}
