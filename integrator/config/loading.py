"""Reading the configuration file: the environment put in, every mistake told at its line, secrets never shown."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from integrator import positions
from integrator.config.models import Config, Section
from integrator.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from integrator.positions import Location

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MASK = "********"


def load(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Return the file's configuration; ConfigError tells every mistake as `file:line:column: message`."""
    return load_with_sources(path, environment)[0]


def load_with_sources(path: Path, environment: Mapping[str, str] | None = None) -> tuple[Config, dict[Location, str]]:
    """Return the configuration and where each value of the file stands (`file:line`, and its variables)."""
    if not path.exists():
        raise ConfigError(
            f'there is no configuration at {path}: run "integrator init" to write one, or name another with --config'
        )
    document = positions.read(path)
    sources: dict[Location, str] = {}
    value, problems = _expand(document, os.environ if environment is None else environment, sources)
    try:
        config = positions.check(document, Config, value)
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems] if problems else error.problems) from None
    if problems:
        raise ConfigError(problems)
    config.remember(document)
    return config, sources


def database_of(path: Path) -> str | None:
    """Return the database that the file names, whatever else stands there; None when it names none."""
    document = positions.read(path)
    value = document.value.get("database") if isinstance(document.value, dict) else None
    address, problems = _expand(replace(document, value=value), os.environ, {})
    if problems:
        raise ConfigError(problems)
    return None if address is None else str(address)


def _expand(
    document: positions.Document, environment: Mapping[str, str], sources: dict[Location, str]
) -> tuple[Any, list[Problem]]:
    """Put the environment into parsed scalars, so that a value can never add keys to the file."""
    problems: list[Problem] = []

    def walk(value: Any, path: Location) -> Any:
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        sources[path] = f"{document.file}:{document.place(path)[0]}"
        return put_in(value, path) if isinstance(value, str) else value

    def put_in(text: str, path: Location) -> str:
        for name in VARIABLE.findall(text):
            sources[path] += f" (${name})"
            if name not in environment:
                message = f'the environment variable "{name}" is not set; set it or write the value here'
                problems.append(document.problem(path, message))
        return VARIABLE.sub(lambda match: environment.get(match[1], "unset"), text)

    return walk(document.value, ()), problems


def shown(config: Config, sources: Mapping[Location, str]) -> Iterator[tuple[str, Any, str]]:
    """Yield every setting as (key, value with secrets masked, source)."""
    for path, value in _leaves(config, ()):
        if path == ("database",):
            shown_value: Any = hidden_password(config.database.get_secret_value())
        else:
            shown_value = MASK if isinstance(value, SecretStr) else value
        yield ".".join(map(str, path)), shown_value, _source(path, sources)


def _source(path: Location, sources: Mapping[Location, str]) -> str:
    single = path[:-1] if path and isinstance(path[-1], int) else path
    for known in (path, (*path, 0), single):
        if known in sources:
            return sources[known]
    return "default"


def _leaves(value: Any, path: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            yield from _leaves(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, tuple) and any(isinstance(item, SecretStr) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, list(value) if isinstance(value, tuple) else value


def hidden_password(url: str) -> str:
    """Return a database address without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:" + MASK + "@", url)
