"""How each metric moves while nothing happens: what foretells when time alone may change what rules come to.

Whoever adds a metric says so here; one that is not named may be another every day, and costs an evaluation a day of
everybody whom a rule asks about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Motion:
    """What may change the metric without an event; all of it false: nothing does.

    `age`: it grows by one at every midnight. `daily`: it may be another each day, while it is there. `wanes`: it may
    grow less each day, or be true no more, until it is 0 or false. `due`: it may change when something agreed falls
    due. `closed`: it may change when a deal was closed so many days ago (or one day more than a parameter says).
    `quarter`: it may change with the calendar's quarter. `on`: it may change on the day that another metric of the
    subject names, or as many days later as the parameter beside it says. `ahead`: a field of the card that is written,
    and counts from a day on that lies ahead while the metric beside it is missing.
    """

    age: bool = False
    daily: bool = False
    wanes: bool = False
    due: bool = False
    closed: tuple[int | str, ...] = ()
    quarter: bool = False
    on: tuple[str, str | None] | None = None
    ahead: tuple[str, str] | None = None


STILL, AGE, DAILY, DUE = Motion(), Motion(age=True), Motion(daily=True), Motion(due=True)
QUARTER = Motion(quarter=True)
_VERIFIED = ("verified_at", "verified_on")
_YEAR_AGO = (365, 366, 455, 456)  # a year and ninety days before have a day more where a leap day lies between

_CLIENT: Mapping[str, Motion] = {
    **dict.fromkeys(
        (
            *("presented_deals", "purchase_count", "last_purchase_on", "last_purchase_amount", "purchase_period_days"),
            *("purchase_period_source", "lost_threshold_days", "lost_on", "last_return_on", "return_window_days"),
            *("value_365", "abc_share_above", "revenue_variation", "revenue_total", "average_purchase", "open_deals"),
            *("blacklisted", "last_refusal_at", "last_refusal_reason", "refusal_closes_door", "quarter_volume"),
            *("volume_wanted", "need_date", "need_within_days", "industry", "region", "industry_not_served"),
            *("region_not_served", "partner", "referred_deals", "complaint", "created_on", "first_deal_on"),
            *("known_since", "profile_gaps", "profile_completeness", "win_chance", "expected_margin", "uneconomic"),
            *("closeness", "possible_duplicate", "duplicate_last_purchase_on", "groups_bought", "groups_missing"),
            *("gap_group", "gap_share", "last_contact_at", "touches_unanswered", "responsible_since"),
            *("responsible_before", "responsible_inactive", "complaint_open", "complaint_since"),
            *("contact_awaited_since", "refused_since_lost", "leaving_answer", "leaving_answered_at"),
            "leaving_reason",
        ),
        STILL,
    ),
    **dict.fromkeys(("days_silent", "days_since_return", "days_since_contact", "days_without_contact"), AGE),
    # That a manager left is told for a time only; with it goes all that follows from it.
    **dict.fromkeys(
        ("handed_over_at", "handed_over_from", "successor_id", "successor", "revenue_since_handover"),
        Motion(on=("handed_over_at", "prevention.handover_days")),
    ),
    "responsible_changed": Motion(on=("responsible_since", "prevention.changed_days")),
    "contacts_90": Motion(wanes=True),
    "days_to_meeting_call": DAILY,
    **dict.fromkeys(("engaged_deals", "next_contact_on", "meeting_at"), DUE),
    **dict.fromkeys(("quarter_on", "survey_quarter_on"), QUARTER),
    **dict.fromkeys(("revenue_91", "volume_91"), Motion(closed=(91,))),
    **dict.fromkeys(("revenue_365", "purchases_365"), Motion(closed=(365,))),
    **dict.fromkeys(("verified_on", "checked_on"), Motion(ahead=_VERIFIED)),
    "days_since_verified": Motion(age=True, ahead=_VERIFIED),
    "asked_recently": Motion(closed=("pyramid.asked_days",)),
    "revenue_90": Motion(closed=(90,)),
    "revenue_90_before": Motion(closed=(90, 180)),
    "revenue_90_year_ago": Motion(closed=_YEAR_AGO),
    "turnover_ratio": Motion(closed=(90, 180)),
    "turnover_ratio_year": Motion(closed=(90, *_YEAR_AGO)),
    "lost_recently": Motion(wanes=True, on=("lost_on", None)),
}
_DEAL: Mapping[str, Motion] = {
    **dict.fromkeys(
        (
            *("entity", "outcome", "closed_at", "created_at", "amount", "loss_reason", "loss_reason_name"),
            *("reason_text", "reason_is_label", "refusal_seen_after_days", "reason_nature", "reason_side"),
            *("reason_is_vague", "sub_reason", "is_latest_refusal", "bought_since_refusal", "come_back_on"),
            *("catalogue_item", "catalogue_match", "seller_cause", "open_tasks", "cycle_days", "stage_name"),
            *("stage_since", "stage_days_usual", "last_word_at", "soft_no_phrase", "soft_no_at"),
        ),
        STILL,
    ),
    **dict.fromkeys(("days_since_closed", "age_days", "stage_days"), AGE),
    **dict.fromkeys(("tasks_overdue", "next_step_at", "next_step_after_days", "last_step_at", "engaged"), DUE),
    # It begins anew when what was agreed falls due.
    "days_since_step": Motion(age=True, due=True),
    "meeting_at": DUE,
    "days_to_meeting_call": DAILY,
}
MOTIONS: Mapping[tuple[str, str], Motion] = {
    **{("client", name): motion for name, motion in _CLIENT.items()},
    **{("deal", name): motion for name, motion in _DEAL.items()},
}


def motion_of(subject: str, name: str) -> Motion:
    """Return how the metric of the subject moves; one that is not known may be another every day."""
    return MOTIONS.get((subject, name), DAILY)
