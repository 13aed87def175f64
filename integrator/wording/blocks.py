"""A document as blocks, and these as Markdown or as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a level from 1; `note` stands beside it, quieter (a count)."""

    level: int
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text; `lead` stands before it, stronger."""

    text: str
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """Lines with their depth, from 0."""

    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; columns of `numbers` (from 0) stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Quote:
    """A text as somebody will read it elsewhere, its first line stronger."""

    lines: tuple[str, ...]


Block = Heading | Paragraph | Items | Table | Quote

_SPECIAL = re.compile(r"([\\`*_<>\[\]|])")
_AT_START = re.compile(r"^(\s*)([#+-]|\d+[.)])(?=\s)")


def markdown(blocks: Iterable[Block]) -> str:
    """Return the document in Markdown; texts are data, their marks are escaped."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _plain(text: str) -> str:
    """Return the text so that Markdown shows it as it is."""
    text = _SPECIAL.sub(r"\\\1", " ".join(text.split(" ")).replace("\n", " "))
    return _AT_START.sub(r"\1\\\2", text)


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        note = f" — {_plain(block.note)}" if block.note else ""
        return f"{'#' * block.level} {_plain(block.text)}{note}"
    if isinstance(block, Paragraph):
        return f"**{_plain(block.lead)}** {_plain(block.text)}" if block.lead else _plain(block.text)
    if isinstance(block, Items):
        return "\n".join(f"{'  ' * depth}- {_plain(text)}" for depth, text in block.lines)
    if isinstance(block, Quote):
        first, *rest = (_plain(line) for line in block.lines)
        return "\n".join(f"> {line}" for line in (f"**{first}**  ", *(f"{line}  " for line in rest)))
    rows = [block.head, tuple("---:" if at in block.numbers else "---" for at in range(len(block.head)))]
    shown = [" | ".join(rows[1]), *(" | ".join(map(_plain, row)) for row in block.rows)]
    return "\n".join(f"| {row} |" for row in (" | ".join(map(_plain, block.head)), *shown))


STYLE = """
:root { color-scheme: light dark; --line: #d8dde3; --quiet: #5c6670; --paper: #fff; --ink: #16191d;
  --tint: #f4f6f8; --accent: #1f5fbf; }
@media screen and (prefers-color-scheme: dark) { :root { --line: #363c44; --quiet: #a2abb5; --paper: #16191d;
  --ink: #e8ebee; --tint: #1f242a; --accent: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.1rem; margin: 1.75rem 0 .4rem; }
h4 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.note { color: var(--quiet); font-weight: 400; margin-left: .5em; }
p, ul { margin: .35rem 0; }
ul { padding-left: 1.25rem; }
blockquote { margin: .6rem 0; padding: .6rem .9rem; border-left: 3px solid var(--accent); background: var(--tint); }
blockquote p { margin: .15rem 0; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; overflow-wrap: anywhere;
  padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; }
td.number, th.number { text-align: right; }
nav ul { list-style: none; padding: 0; columns: 2; }
a { color: var(--accent); text-decoration: none; }
@media (max-width: 30rem) { nav ul { columns: 1; } body { padding: 1rem; } }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } nav { display: none; }
  h2 { break-before: page; } h2:first-of-type { break-before: auto; }
  h3, h4 { break-after: avoid; } blockquote, tr { break-inside: avoid; } }
"""


def html(blocks: Sequence[Block], language: str) -> str:
    """Return the document as one page; every text is escaped."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_html(block, at) for at, block in enumerate(blocks))
    head, _, rest = body.partition("<h2")
    contents = "\n".join(_contents(blocks))
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{head}<nav><ul>\n{contents}\n</ul></nav>\n{'<h2' if rest else ''}{rest}\n</body>\n</html>\n"
    )


def _contents(blocks: Sequence[Block]) -> Iterator[str]:
    for at, block in enumerate(blocks):
        if isinstance(block, Heading) and block.level in {2, 3}:
            name = escape(block.text)
            shown = f"<strong>{name}</strong>" if block.level == 2 else name  # noqa: PLR2004 a part, not a section of it
            yield f'<li><a href="#s{at}">{shown}</a></li>'


def _html(block: Block, at: int) -> str:
    if isinstance(block, Heading):
        note = f' <span class="note">{escape(block.note)}</span>' if block.note else ""
        return f'<h{block.level} id="s{at}">{escape(block.text)}{note}</h{block.level}>'
    if isinstance(block, Paragraph):
        lead = f"<strong>{escape(block.lead)}</strong> " if block.lead else ""
        return f"<p>{lead}{escape(block.text)}</p>"
    if isinstance(block, Items):
        return "".join(_nested(block.lines))
    if isinstance(block, Quote):
        first, *rest = (escape(line) for line in block.lines)
        return f"<blockquote><p><strong>{first}</strong></p>{''.join(f'<p>{line}</p>' for line in rest)}</blockquote>"
    head = "".join(_cell("th", text, block.numbers, place) for place, text in enumerate(block.head))
    rows = (
        "<tr>" + "".join(_cell("td", text, block.numbers, place) for place, text in enumerate(row)) + "</tr>"
        for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(tag: str, text: str, numbers: frozenset[int], place: int) -> str:
    kind = ' class="number"' if place in numbers else ""
    return f"<{tag}{kind}>{escape(text)}</{tag}>"


def _nested(lines: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield the lists inside each other."""
    inside: list[int] = []
    for level, text in lines:
        while inside and inside[-1] > level:
            inside.pop()
            yield "</li></ul>"
        if inside and inside[-1] == level:
            yield "</li>"
        else:
            inside.append(level)
            yield "<ul>"
        yield f"<li>{escape(text)}"
    yield "</li></ul>" * len(inside)
