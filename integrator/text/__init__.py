"""What people wrote in a CRM, understood as far as the rules need it."""

from integrator.text.labels import Kind, classify, is_label
from integrator.text.mentions import mentions, wrong_phrase
from integrator.text.patterns import matches, wrong_pattern
from integrator.text.reasons import canonical, canonical_all, normal, propose

__all__ = [
    "Kind",
    "canonical",
    "canonical_all",
    "classify",
    "is_label",
    "matches",
    "mentions",
    "normal",
    "propose",
    "wrong_pattern",
    "wrong_phrase",
]
