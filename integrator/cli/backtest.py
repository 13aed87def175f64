"""`integrator rules backtest`: what the rules would have done on days gone by, and how it turned out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from integrator import backtest as step
from integrator import bootstrap, rulesets
from integrator import decide as decide_step
from integrator.cli.common import chosen, instant, load, print_json, print_table, progress, with_config, with_format
from integrator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from integrator.backtest import Backtest
    from integrator.metrics.outcomes import Alarms, Census, Comparison, Span

_DAY = click.DateTime(["%Y-%m-%d"])
# Of the days of a window, a table has room for the fullest.
SHOWN = 10
_ALARMS = "rang came_back never_came_back immature precision silent_days days_to_return"
_CENSUS = (
    "estimator clients lost precision recall false_alarm_rate days_of_warning "
    "fast_recall fast_false slow_recall slow_false"
)
_WHOSE = {"all": "all clients", "compared": "with {} purchases or more"}
AS_OF_SYNC = (
    "custom fields, responsible managers, the blacklist and edited reasons are as of the last sync: "
    "the CRM keeps no history of them"
)
BY_HIMSELF = (
    '"came back" is a purchase within the horizon after the alarm, "never" none; '
    "what managers then did about it is not known here"
)
RHYTHM = (
    "the own rhythm ranks clients no better than plain days of silence: choose by how early an alarm rings "
    "and how many false ones that costs"
)


@click.command()
@click.option("--portal", "portal_name", required=True, metavar="P", help="The portal whose history is replayed.")
@click.option(
    "--with",
    "paths",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Try this pack or folder of packs too, in place of packs of the same name; without it, the rules in force.",
)
@click.option("--from", "since", required=True, type=_DAY, metavar="D", help="First day, e.g. 2026-01-01.")
@click.option("--to", "until", required=True, type=_DAY, metavar="D", help="Last day.")
@click.option("--step", "every", type=click.IntRange(1), default=1, metavar="N", help="Look at each N-th day only.")
@click.option(
    "--horizon",
    type=click.IntRange(1, 3650),
    default=180,
    show_default=True,
    metavar="DAYS",
    help="An alarm was false if the client bought within so many days after it.",
)
@click.option(
    "--purchases",
    type=click.IntRange(2),
    default=2,
    show_default=True,
    metavar="N",
    help="Compare by clients with at least so many purchases.",
)
@with_config
@with_format("json", "table")
def backtest(
    portal_name: str,
    paths: tuple[Path, ...],
    since: datetime,
    until: datetime,
    every: int,
    horizon: int,
    purchases: int,
    config_path: Path,
    format_: str | None,
) -> None:
    """Replay the mirrored history as of each evening, seeing nothing later; nothing is stored or sent."""
    if until < since:
        raise click.BadParameter(f"{until:%Y-%m-%d} is before --from {since:%Y-%m-%d}", param_hint="--to")
    config, portals = load(config_path, portal_name)
    portal = portals[portal_name]
    window = step.Window(since.date(), until.date(), every, horizon, purchases)
    files = rulesets.Files(config, portal_name, config_path.parent, tuple(path.absolute() for path in paths))
    draft = rulesets.draft(files).rules if paths else None
    engine = bootstrap.rule_engine()
    with bootstrap.database(config) as db, progress(portal_name) as watch:
        rules = draft or rulesets.in_force(db, files)
        job = decide_step.Job(portal_name, portal, rules, engine, instant(None, portal.zone))
        found = step.backtest(db, job, window, watch)
    if found.span is None:
        raise ConfigError(_nothing(found))
    if chosen(format_, "json") == "json":
        print_json(backtest_json(found, found.span))
    else:
        _print(backtest_json(found, found.span), found.span)


def _nothing(found: Backtest) -> str:
    if found.end is None:
        return f"{found.portal}: nothing is mirrored yet; run `integrator sync --portal {found.portal}` first"
    return f"{found.portal}: the last record is of {found.end}, before --from {found.window.since}; choose earlier days"


def backtest_json(found: Backtest, span: Span) -> dict[str, Any]:
    """Return the back-test as programs read it."""
    named = found.managers
    return {
        "portal": found.portal,
        "ruleset": found.ruleset,
        "from": span.since.isoformat(),
        "to": span.until.isoformat(),
        "known_until": span.end.isoformat(),
        "days": len(found.replay.days),
        "horizon_days": span.horizon,
        "managers": [_manager(row, named) for row in step.by_manager(found.replay)],
        "per_day": [_manager(row, named) for row in step.by_day(found.replay)],
        "rules": step.by_rule(found.replay),
        "lost_before": found.replay.lost_before,
        "alarms": {name: _alarms(alarms) for name, alarms in found.alarms.items()},
        "census": {"day": span.census_day.isoformat(), "horizon_days": span.census_horizon},
        "estimators": [_comparison(one, span) for one in found.comparison],
        "notes": _notes(found, span),
    }


def _manager(row: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    """Return the row with the manager's id as a text, as elsewhere in the output, and his name."""
    manager = row["manager_id"]
    whose = {"manager_id": None if manager is None else str(manager), "name": names.get(manager, "")}
    return {**whose, **{name: value for name, value in row.items() if name != "manager_id"}}


def _alarms(alarms: Alarms) -> dict[str, Any]:
    return {
        "rang": alarms.rang,
        "came_back": alarms.came_back,
        "never_came_back": alarms.never_came_back,
        "immature": alarms.immature,
        "immature_back": alarms.immature_back,
        "precision": alarms.precision,
        "silent_days": alarms.silent_days,
        "days_to_return": alarms.days_to_return,
    }


def _comparison(one: Comparison, span: Span) -> dict[str, Any]:
    return {
        "estimator": str(one.estimator),
        "by": one.estimator.by,
        "value": one.estimator.number,
        "active": one.estimator.active,
        "alarms": _alarms(one.alarms),
        "census": {name: _census(census, span) for name, census in one.census.items()},
    }


def _census(census: Census, span: Span) -> dict[str, Any]:
    """Return a census; the warning is how much earlier the alarm rang than waiting for the whole horizon would."""
    rang = census.silent_days
    return {
        "clients": census.clients,
        "lost": census.lost,
        "flagged": census.flagged,
        "caught": census.caught,
        "false_alarms": census.false_alarms,
        "precision": census.precision,
        "recall": census.recall,
        "false_alarm_rate": census.false_alarm_rate,
        "silent_days": rang,
        "days_of_warning": None if rang is None else span.horizon - rang,
    }


def _notes(found: Backtest, span: Span) -> list[str]:
    """Return sentences about what the numbers do not say."""
    window = found.window
    told = [
        (window.until > span.until, f"the last record is of {span.end}: later days are not replayed"),
        (window.step > 1, f"one day in {window.step} was looked at: what came and went in between is not counted"),
        (span.census_horizon < span.horizon, f"only {span.census_horizon} days are known after {span.census_day}"),
        (not found.alarms, "no class of these rules says who is lost: their own alarms are not judged"),
    ]
    return [*(sentence for holds, sentence in told if holds), AS_OF_SYNC, BY_HIMSELF, RHYTHM]


def _print(told: dict[str, Any], span: Span) -> None:
    click.echo(f"{told['portal']}: {told['from']} to {told['to']}, rules {rulesets.short(told['ruleset'])}")
    fullest = sorted(told["per_day"], key=lambda row: -row["tasks"])[:SHOWN]
    census = f"{told['census']['horizon_days']} days after {told['census']['day']}"
    alarms = [{"whose": _WHOSE[name].format(span.purchases), **row} for name, row in told["alarms"].items()]
    tables = (
        ("New tasks by manager", "manager_id name tasks a_day peak peak_day", told["managers"]),
        ("The fullest days", "day manager_id name tasks", fullest),
        ("By rule", "rule findings tasks before settled settled_after_days", told["rules"]),
        (f"Lost by these rules, judged {span.horizon} days later", f"whose {_ALARMS}", alarms),
        (
            f"The same alarms by other measures, of clients with {span.purchases} purchases or more",
            f"estimator {_ALARMS}",
            [{"estimator": _named(one), **one["alarms"]} for one in told["estimators"]],
        ),
        (
            f"Clients with {span.purchases} purchases or more: who bought within {census}, and who was flagged",
            _CENSUS,
            [_line(one) for one in told["estimators"]],
        ),
    )
    for heading, columns, rows in tables:
        click.echo(f"\n{heading}: {'' if rows else 'none'}")
        if rows:
            print_table([{name: _cell(value) for name, value in row.items()} for row in rows], columns.split())
    click.echo("")
    for note in told["notes"]:
        click.echo(f"- {note}")


def _named(one: dict[str, Any]) -> str:
    return f"{one['estimator']} (in force)" if one["active"] else one["estimator"]


def _line(one: dict[str, Any]) -> dict[str, Any]:
    parts = {
        f"{third}_{short}": one["census"][third][name]
        for third in ("fast", "slow")
        for short, name in (("recall", "recall"), ("false", "false_alarm_rate"))
    }
    return {"estimator": _named(one), **one["census"]["all"], **parts}


def _cell(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
