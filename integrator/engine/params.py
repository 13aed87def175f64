"""Parameters of packs: declared with a default and bounds, set otherwise by a portal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from integrator.engine.literals import number
from integrator.engine.reading import NAME, NAME_HINT, Node, said
from integrator.engine.ruleset import Param
from integrator.positions import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integrator.errors import Problem

    Blame = Callable[[tuple[str | int, ...], str], Problem]


def _whole(value: Any) -> int:
    found = number(value)
    if isinstance(found, float) and not found.is_integer():
        raise ValueError(f"must be a whole number, not {said(value)}")
    return int(found)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"must be true or false, not {said(value)}")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"must be a text, not {said(value)}")


def _list(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | int | float) for one in value):
        raise ValueError(f"must be a list of words or numbers, not {said(value)}")
    return tuple(value)


TYPES: dict[str, Callable[[Any], Any]] = {
    "integer": _whole,
    "number": number,
    "boolean": _boolean,
    "string": _string,
    "list": _list,
}
BOUNDED = ("integer", "number")
REQUIRED, OPTIONAL = ("type", "default", "doc"), ("min", "max", "values")


def read(pack: str, node: Node) -> dict[str, Param]:
    """Return the parameters that a pack declares, by name, without those that are wrong."""
    found = (_declared(pack, name, child) for name, child in node.children().items())
    return {param.name: param for param in found if param}


def _declared(pack: str, name: str, node: Node) -> Param | None:
    if not NAME.fullmatch(name):
        node.blame(f'"{name}" must be a name ({NAME_HINT})', key=True)
    fields = node.fields(REQUIRED, OPTIONAL)
    doc = fields["doc"].texts() if "doc" in fields else {}
    type_ = fields["type"].choice(TYPES, "type of a parameter") if "type" in fields else ""
    if not type_ or "default" not in fields:
        return None
    bounds = {key: _bound(fields[key], type_) for key in ("min", "max") if key in fields}
    value = _value(fields["default"], type_)
    words = _words(fields["values"], type_) if "values" in fields else ()
    param = Param(pack, name, type_, value, value, doc, values=words, **bounds)
    if value is not None and (wrong := out_of_bounds(param, value)):
        fields["default"].blame(wrong)
    return param


def _bound(node: Node, type_: str) -> int | float | None:
    if type_ not in BOUNDED:
        node.blame(f"only numbers have bounds, a {type_} has none", key=True)
        return None
    found = _value(node, type_)
    return found if isinstance(found, int | float) else None


def _words(node: Node, type_: str) -> tuple[str, ...]:
    """Return the words that a text may be."""
    if type_ != "string":
        node.blame(f"only a string has a list of values, a {type_} has none", key=True)
        return ()
    return tuple(child.name() for child in node.items())


def _value(node: Node, type_: str) -> Any:
    try:
        return TYPES[type_](node.value)
    except ValueError as error:
        node.blame(f'"{node.path[-1]}" {error}')
        return None


def out_of_bounds(param: Param, value: Any) -> str:
    """Return a sentence when the value lies outside the parameter's bounds or values, else an empty text."""
    if param.values and value not in param.values:
        known = ", ".join(param.values)
        return f'"{param.full}" is {said(value)}{suggest(value, param.values)} (known: {known})'
    if param.type not in BOUNDED:
        return ""
    if param.min is not None and value < param.min:
        return f'"{param.full}" is {value}, it must be at least {param.min}'
    if param.max is not None and value > param.max:
        return f'"{param.full}" is {value}, it must be at most {param.max}'
    return ""


@dataclass(frozen=True, slots=True)
class Effective:
    """The parameters by full name, a portal's values put in, and what is wrong with these."""

    params: dict[str, Param]
    problems: list[Problem]


def override(declared: Mapping[str, Param], wanted: Mapping[str, Any], blame: Blame) -> Effective:
    """Return the declared parameters with a portal's values put in."""
    result = Effective(dict(declared), [])
    for name, value in wanted.items():
        param = declared.get(name)
        if param is None:
            sentence = f'there is no parameter "{name}"{suggest(name, declared)}'
            result.problems.append(blame(("params", name), sentence))
            continue
        result.params[name], wrong = _set(param, value)
        if wrong:
            result.problems.append(blame(("params", name), wrong))
    return result


def _set(param: Param, value: Any) -> tuple[Param, str]:
    try:
        converted = TYPES[param.type](value)
    except ValueError as error:
        return param, f'"{param.full}" {error}'
    return replace(param, value=converted), out_of_bounds(param, converted)
