"""Phrases that say nothing of an obstacle, by language: data, read by `labels`.

A phrase is written as lemmas parted by spaces: `a|b` is either, `(a)` may be left out. Russian phrases hold dictionary
forms, English ones the forms themselves, since English is matched without a dictionary.
"""

from __future__ import annotations

LABELS: dict[str, tuple[str, ...]] = {
    "ru": (
        "нецелевой",
        "не целевой",
        "просто смотреть|посмотреть",
        "ничего не нужно|нужный|надо",
        "(зря) тратить|потратить (зря) (наш|мой) (зря) время (зря)",
        "никогда не купить",
        "все равно не купить",
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
        "will|would|'ll never buy",
        "never buys",
        "won't ever buy",
        "won't buy anyway",
        "will not buy anyway",
        "(just|only) walked|came in for a walk",
        "just|only walked in",
        "walked in (just) to look (around)",
    ),
}

BESIDE: dict[str, tuple[str, ...]] = {
    "ru": ("клиент", "сам сказать"),
    "en": ("(the|a) client|customer", "said so (himself|herself|themselves|itself)"),
}
"""What may stand beside a label without making it a reason."""
