"""Phrases that say nothing of an obstacle, by language: data, read by `integrator.text.labels`.

A phrase is written as lemmas parted by spaces: `a|b` is either, `(a)` may be left out. Russian phrases hold dictionary
forms, English ones the forms themselves, since English is matched without a dictionary.
"""

from __future__ import annotations

LABELS: dict[str, tuple[str, ...]] = {
    "ru": (
        "нецелевой",
        "не целевой",
        "просто смотреть|посмотреть",
        "ничего (он) не нужно|нужный|надо",
        "(зря) тратить|потратить (зря) (наш|мой|мы|я) (зря) время (зря)",
        "никогда (ничего) не купить",
        "все равно (бы) не купить",
        "погулять зайти",
        "зайти погулять",
    ),
    "en": (
        "nontarget",
        "non target",
        "not (a|our|the) target",
        "(was|were|is|are) just|only looking|browsing (around)",
        "needs|needed|need nothing",
        "doesn't|don't|didn't need anything",
        "does|do|did not need anything",
        "waste|wastes|wasted|wasting (our|my) time",
        "(a) waste of (our|my) time",
        "will|would|'ll never buy (anything)",
        "never buys",
        "won't ever buy (anything)",
        "won't buy anyway",
        "will not buy anyway",
        "(just|only) walked|came in for a walk",
        "just|only walked in",
        "walked in (just) to look (around)",
    ),
}
"""The labels that every seller uses."""

BESIDE: dict[str, tuple[str, ...]] = {
    "ru": ("клиент|лид|покупатель|заказчик|заявка|обращение|контакт", "сам сказать"),
    "en": ("(the|a) client|customer|lead", "said so (himself|herself|themselves|itself)"),
}
"""What may stand beside a label without making it a reason."""
