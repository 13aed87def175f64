"""Many rows at once, with one constant statement a table: what lets a whole base be stored in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import (
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from integrator.store.schema import COMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, CursorResult, Select, Table

Record = tuple[Any, ...]
_POSTGRESQL: Any = PGDialect_psycopg


@dataclass(frozen=True, slots=True, eq=False)
class Upsert:
    """How rows of a table are stored; they come as tuples in the order of `columns`.

    A row whose `key` is there already gets the `changing` columns where one of them differs, else it is not written;
    without `changing` it is left as it is. `own` are columns that follow a rule of their own, `only` narrows which rows
    may be changed at all; both are given (stored, offered).
    """

    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    changing: tuple[str, ...] = ()
    own: Mapping[str, Callable[[Any, Any], ColumnElement[Any]]] = field(default_factory=dict)
    only: Callable[[Any, Any], ColumnElement[bool]] | None = None

    @classmethod
    def whole(cls, table: Table, own: Mapping[str, Callable[[Any, Any], ColumnElement[Any]]] | None = None) -> Upsert:
        """Return the way in which every column of the table is stored by its primary key."""
        names = tuple(part.name for part in table.columns)
        key = tuple(part.name for part in table.primary_key.columns)
        changing = tuple(name for name in names if name not in {*key, *(own or {})})
        return cls(table, names, key, changing, own or {})

    def run(self, connection: Connection, rows: Sequence[Record]) -> int:
        """The rows are stored; return how many were written."""
        if not rows:
            return 0
        dialect = connection.dialect.name
        statement = _text(self, dialect)
        if dialect == "sqlite":
            return connection.exec_driver_sql(statement, list(rows)).rowcount
        # One array a column: PostgreSQL parses one statement instead of one a row.
        arrays = {name: list(values) for name, values in zip(self.columns, zip(*rows, strict=True), strict=True)}
        return connection.exec_driver_sql(statement, arrays).rowcount


def chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of at most `size` rows, none empty."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


def among(connection: Connection, part: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of the values, as one parameter however many they are."""
    items = list(values)
    if connection.dialect.name == "postgresql":
        return part == any_(literal(items, postgresql.ARRAY(part.type)))
    each = func.json_each(orjson.dumps(items).decode()).table_valued("value")
    return part.in_(select(each.c.value))


def look_up(
    connection: Connection,
    columns: Sequence[ColumnElement[Any]],
    fixed: Sequence[ColumnElement[bool]],
    part: ColumnElement[Any],
    values: Iterable[Any],
) -> list[Record]:
    """Return these columns of the rows whose `part` is one of the values, where `fixed` holds too.

    `fixed` and `part` are the beginning of an index, which is used once a value.
    """
    if connection.dialect.name != "postgresql":
        return _tuples(connection.execute(select(*columns).where(*fixed, among(connection, part, values))))
    return _tuples(connection.execute(_lateral(columns, fixed, part, literal(list(values)))))


def _lateral(
    columns: Sequence[ColumnElement[Any]],
    fixed: Sequence[ColumnElement[bool]],
    part: ColumnElement[Any],
    values: ColumnElement[Any],
) -> Select[Any]:
    each = func.unnest(type_coerce(values, postgresql.ARRAY(part.type))).table_valued(column("value", part.type))
    each = each.render_derived("each")
    # A table that was never analysed makes PostgreSQL believe that a portal has a handful of rows, and read all of them
    # for each page. OFFSET keeps it from seeing through the subquery: one step into the index for each value is left.
    found = (
        select(*columns)
        .where(*fixed, part == each.c.value)
        .offset(literal_column("0"))
        .correlate(each)
        .lateral("found")
    )
    return select(*found.columns).select_from(each.join(found, true()))


def part_of(table: Table, name: str) -> ColumnElement[Any]:
    """Return the table's column of that name, or what is computed of its rows under it."""
    text: str | None = table.info.get(COMPUTED, {}).get(name)
    return table.c[name] if text is None else literal_column(text).label(name)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How rows are found by an index that begins with the columns `fixed` and goes on with `part`: `columns` of those
    whose `part` is one of several values. What asks so over and over, for few rows, has one constant statement for it.
    """

    table: Table
    columns: tuple[str, ...]
    fixed: tuple[str, ...]
    part: str

    def rows(self, connection: Connection, fixed: Sequence[Any], values: Collection[Any]) -> list[Record]:
        """Return the rows as the driver gives them (SQLite: numbers for booleans)."""
        if not values:
            return []
        if connection.dialect.name == "sqlite":
            given: Any = (orjson.dumps(list(values)).decode(), *fixed)
        else:
            given = {**dict(zip(self.fixed, fixed, strict=True)), "values": list(values)}
        found = connection.exec_driver_sql(_lookup_text(self, connection.dialect.name), given)
        return list(found.cursor.fetchall())


@cache
def _lookup_text(way: Lookup, dialect: str) -> str:
    table = way.table
    if dialect == "sqlite":
        # A table that was never analysed makes SQLite walk over the portal's rows. What is written here leaves it one
        # step into the index for each value.
        computed: Mapping[str, str] = table.info.get(COMPUTED, {})
        columns = ", ".join(computed.get(name, f'"{table.name}"."{name}"') for name in way.columns)
        fixed = " AND ".join(f'"{table.name}"."{name}" = ?' for name in way.fixed)
        source = f'json_each(?) AS each CROSS JOIN "{table.name}"{_indexed(way)}'
        return f'SELECT {columns} FROM {source} WHERE {fixed} AND "{table.name}"."{way.part}" = each.value'  # noqa: S608
    parts = [table.c[name] == bindparam(name) for name in way.fixed]
    columns_of = [part_of(table, name) for name in way.columns]
    return statement(_lateral(columns_of, parts, table.c[way.part], bindparam("values")), dialect)


def _indexed(way: Lookup) -> str:
    """Return which index is to be used, where it is not the primary key."""
    known = {*way.fixed, way.part}
    useful = [
        index.name
        for index in way.table.indexes
        if way.part in index.columns
        and known >= {*index.columns.keys()}
        and index.dialect_options["sqlite"]["where"] is None
    ]
    return "".join(f" INDEXED BY {name}" for name in useful[:1])


def statement(query: Select[Any], dialect: str) -> str:
    """Return the text of a query for the driver."""
    return str(query.compile(dialect=sqlite.dialect(paramstyle="qmark") if dialect == "sqlite" else _POSTGRESQL()))


def _tuples(result: CursorResult[Any]) -> list[Record]:
    return [tuple(row) for row in result]


@cache
def _text(way: Upsert, dialect: str) -> str:
    if dialect == "sqlite":
        names = list(way.columns)
        insert: Any = sqlite.insert(way.table).values({name: bindparam(name) for name in names})
        # The driver takes tuples: the order of the values in the statement is that of the table's columns.
        compiled = _on_conflict(insert, way).compile(dialect=sqlite.dialect(paramstyle="qmark"))
        if tuple(compiled.positiontup or ()) != way.columns:
            raise AssertionError(f"columns of {way.table.name} must be named in the order of the table")
        return str(compiled)
    parts = [way.table.c[name] for name in way.columns]
    arrays = [bindparam(part.name, type_=postgresql.ARRAY(part.type)) for part in parts]
    source = func.unnest(*arrays).table_valued(*(column(part.name, part.type) for part in parts)).render_derived()
    insert = postgresql.insert(way.table).from_select(
        list(way.columns), select(*(source.c[part.name] for part in parts))
    )
    return str(_on_conflict(insert, way).compile(dialect=_POSTGRESQL()))


def _on_conflict(insert: Any, way: Upsert) -> Any:
    if not way.changing:
        return insert.on_conflict_do_nothing()
    stored, offered = way.table.c, insert.excluded
    changes = {name: offered[name] for name in way.changing}
    changes |= {name: rule(stored, offered) for name, rule in way.own.items()}
    differs = or_(*(stored[name].is_distinct_from(offered[name]) for name in way.changing))
    condition = differs if way.only is None else and_(differs, way.only(stored, offered))
    return insert.on_conflict_do_update(index_elements=list(way.key), set_=changes, where=condition)
