"""YAML with the place of every value, so that each mistake is told with its line and column."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from integrator.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values; `places` and `keys` map a path to the line and column of its value or key."""

    file: str
    value: Any
    places: dict[Location, tuple[int, int]]
    keys: dict[Location, tuple[int, int]]

    def place(self, path: Location, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of the deepest known ancestor of `path`."""
        if key and path in self.keys:
            return self.keys[path]
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def problem(self, path: Location, message: str, *, key: bool = False) -> Problem:
        """Return `message` as a problem at the place of `path`."""
        line, column = self.place(path, key=key)
        return Problem(self.file, line, column, message)


def suggest(word: object, known: Iterable[str]) -> str:
    """Return `, did you mean "x"?` for the nearest of `known`, or an empty text."""
    near = nearest(word, known)
    return f', did you mean "{near}"?' if near else ""


def nearest(word: object, known: Iterable[str]) -> str | None:
    """Return the one of `known` that was probably meant."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def read(path: Path) -> Document:
    """Return the file's document; ConfigError when it cannot be read or is no YAML."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(str(path), 1, 1, f"cannot be read: {error.strerror or error}")]) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(str(path), line, 1, "is not UTF-8; save the file as UTF-8")]) from None
    return parse(text, str(path))


def parse(text: str, file: str) -> Document:
    """Return the text's document; ConfigError for a syntax mistake, a repeated key, or a file made to do harm."""
    if len(text.encode()) > MAX_BYTES:
        raise ConfigError([Problem(file, 1, 1, f"is larger than {MAX_BYTES} bytes; split it")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ConfigError([Problem(file, line, column, _syntax_message(error))]) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError([Problem(file, 1, 1, f"is not YAML: {error}")]) from None
    reader = _Reader(file)
    value = {} if root is None else reader.read(root, ())
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(file, value, reader.places, reader.keys)


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or "cannot be read as YAML"
    hint = "; check the indentation and that text with a colon or a brace stands in quotes"
    return f"YAML: {said}{hint}"


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Location, tuple[int, int]] = {}
        self.keys: dict[Location, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._constructor = yaml.SafeLoader("")
        self._nodes = 0

    def read(self, node: yaml.Node, path: Location) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.places[path] = place
        self._nodes += 1
        if len(path) > MAX_DEPTH or self._nodes > MAX_NODES:
            raise ConfigError([Problem(self.file, *place, "is nested too deep or too large; simplify it")])
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, place)

    def _scalar(self, node: yaml.Node, place: tuple[int, int]) -> Any:
        try:
            return self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            said = getattr(error, "problem", None) or str(error)
            self.problems.append(Problem(self.file, *place, f"{said}; put the value in quotes"))
            return None

    def _mapping(self, node: yaml.MappingNode, path: Location) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self.problems.append(Problem(self.file, *place, "a key must be plain text"))
                continue
            key = self._scalar(key_node, place)
            key = key if isinstance(key, int) and not isinstance(key, bool) else key_node.value
            if key in result:
                self.problems.append(Problem(self.file, *place, f'key "{key}" stands twice; keep one'))
            self.keys[(*path, key)] = place
            result[key] = self.read(value_node, (*path, key))
        return result


def check(document: Document, model: type[Model], value: Any = None) -> Model:
    """Return the document (or `value` in its place) as the model; ConfigError with every mistake at its place."""
    try:
        return model.model_validate(document.value if value is None else value)
    except ValidationError as error:
        raise ConfigError([_problem(document, model, item) for item in error.errors()]) from None


def _problem(document: Document, model: type[BaseModel], item: ErrorDetails) -> Problem:
    path = _real_path(document.value, item["loc"])
    if item["type"] == "extra_forbidden":
        key = path[-1]
        hint = suggest(key, known_keys(model, item["loc"][:-1]))
        return document.problem(path, f'unknown key "{key}"{hint}', key=True)
    if item["type"] == "missing":
        return document.problem(path[:-1], f'key "{path[-1]}" is missing')
    message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    name = ".".join(str(part) for part in path)
    return document.problem(path, f"{name}: {message[:1].lower()}{message[1:]}")


def _real_path(value: Any, loc: Sequence[str | int]) -> Location:
    """Drop the parts of a pydantic location that name a branch of a union, not a key of the file."""
    path: list[str | int] = []
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(value, dict) and (part in value or last):
            path.append(part)
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            path.append(part)
            value = value[part]
    return tuple(path)


def known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys allowed at `loc` below `model`, as the file writes them."""
    found: Any = model
    for part in loc:
        found = _step(found, part)
    return [field.alias or name for one in _models(found) for name, field in one.model_fields.items()]


def _step(annotation: Any, part: str | int) -> Any:
    for one in _models(annotation):
        for name, field in one.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
    arguments = getattr(annotation, "__args__", ())
    return arguments[-1] if arguments and not _models(annotation) else annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if hasattr(annotation, "__metadata__"):
        return _models(annotation.__origin__)
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, list, tuple):
        return []
    return [model for part in getattr(annotation, "__args__", ()) for model in _models(part)]
