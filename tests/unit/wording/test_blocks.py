"""Documents as Markdown and HTML: what people wrote stays text."""

from __future__ import annotations

from html.parser import HTMLParser

from integrator.wording.blocks import Heading, Items, Paragraph, Quote, Table, html, markdown

HOSTILE = '<script>alert("1")</script> *a* _b_ [c](d) | `e`'
BLOCKS: list[Heading | Paragraph | Items | Table | Quote] = [
    Heading(1, HOSTILE, "12"),
    Heading(2, "Две"),
    Paragraph(HOSTILE, lead="Lead"),
    Items(((0, "a"), (2, "b"), (1, HOSTILE), (0, "# c"))),
    Table(("h", "n"), ((HOSTILE, "1"),), frozenset({1})),
    Quote((HOSTILE, "2")),
]
VOID = {"meta"}


class Tags(HTMLParser):
    """Fails where a tag is not closed by its own; keeps the texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_is_one_whole_page_and_texts_are_escaped() -> None:
    page = html(BLOCKS, "ru")
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "link" not in tags.seen
    assert sum(HOSTILE in text for text in tags.texts) == 6
    assert page.startswith("<!doctype html>")
    assert "http" not in page


def test_markdown_escapes_its_own_marks() -> None:
    text = markdown(BLOCKS)
    assert "<script" not in text.replace("\\<", "")
    assert "\\*a\\* \\_b\\_ \\[c\\](d) \\| \\`e\\`" in text
    assert "- \\# c" in text
    assert "| h | n |\n| --- | ---: |" in text
