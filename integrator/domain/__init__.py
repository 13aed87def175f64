"""What the product talks about: frozen values without behaviour of their own."""

from integrator.domain.conditions import Condition, Group, Metric, Test
from integrator.domain.crm import (
    Account,
    Company,
    Contact,
    Currency,
    Deal,
    Directory,
    EntityKind,
    LossReason,
    Note,
    Outcome,
    Pipeline,
    Stage,
    StageChange,
    Task,
    TaskDraft,
    User,
)
from integrator.domain.decisions import Decision, Finding, Known, PlannedTask, Truth
from integrator.domain.subjects import Subject

__all__ = [
    "Account",
    "Company",
    "Condition",
    "Contact",
    "Currency",
    "Deal",
    "Decision",
    "Directory",
    "EntityKind",
    "Finding",
    "Group",
    "Known",
    "LossReason",
    "Metric",
    "Note",
    "Outcome",
    "Pipeline",
    "PlannedTask",
    "Stage",
    "StageChange",
    "Subject",
    "Task",
    "TaskDraft",
    "Test",
    "Truth",
    "User",
]
