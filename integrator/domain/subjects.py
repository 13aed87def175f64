"""Whom a decision is about."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("client:company", "client:contact", "deal", "lead", "manager")


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One client, deal or manager by the CRM's own id, written `client:company:12` or `deal:93`."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def is_client(self) -> bool:
        """True for companies and contacts that pay."""
        return self.kind.startswith("client:")

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Return the subject that `text` names; ValueError says what a subject looks like."""
        kind, _, number = text.rpartition(":")
        if kind not in KINDS or not number.isascii() or not number.isdigit():
            forms = ", ".join(f"{kind}:ID" for kind in KINDS)
            raise ValueError(f'"{text}" is no subject; write one of {forms} with a number for ID')
        return cls(kind, int(number))
