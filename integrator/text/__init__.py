"""What people wrote in a CRM, understood as far as the rules need it."""

from integrator.text.catalogue import Catalogue, Match, best_match
from integrator.text.causes import cause_in
from integrator.text.dates import date_in
from integrator.text.goods import items
from integrator.text.labels import Kind, classify, is_label
from integrator.text.mentions import mentions, wrong_phrase
from integrator.text.patterns import matches, wrong_pattern
from integrator.text.products import normal_item
from integrator.text.reasons import Proposal, canonical, canonical_all, normal, propose
from integrator.text.softness import soft_no
from integrator.text.sub_reasons import sub_reason
from integrator.text.vagueness import vague
from integrator.text.worth import Worth, worth

__all__ = [
    "Catalogue",
    "Kind",
    "Match",
    "Proposal",
    "Worth",
    "best_match",
    "canonical",
    "canonical_all",
    "cause_in",
    "classify",
    "date_in",
    "is_label",
    "items",
    "matches",
    "mentions",
    "normal",
    "normal_item",
    "propose",
    "soft_no",
    "sub_reason",
    "vague",
    "worth",
    "wrong_pattern",
    "wrong_phrase",
]
