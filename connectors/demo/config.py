"""The `config.yaml` of the demo: both emulated CRMs with the same business in them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from connectors.demo import amocrm_dictionaries as amocrm
from connectors.demo import bitrix24_dictionaries as bitrix24
from connectors.demo import vocabulary as words
from connectors.demo.model import MOSCOW, Step

AMO_TOKEN, AMO_HOOK_SECRET = "demo-token", "demo-hook-secret"
B24_USER, B24_SECRET, B24_APP_TOKEN = words.ADMIN, "demosecret", "demo-application-token"
# What the portal knows of its own clients and costs; hours and money are a year's and in roubles.
_PARAMS: dict[str, Any] = {
    "target.min_quarter_volume": 150_000,
    "target.industries_not_served": [words.NOT_SERVED],
    "target.hours_per_year": 3,
    "target.hour_cost": 900,
    "target.qualify_within_days": 20,
}
_SALES_STEPS = (Step.ACQUAINTANCE, Step.PRESENTATION, Step.CONTRACT, Step.PAYMENT)


def last_day(now: datetime) -> date:
    """The latest day whose nine in the morning has passed in Moscow: nothing of the business is then in the future."""
    there = now.astimezone(MOSCOW)
    return there.date() if there.time() >= time(9) else there.date() - timedelta(days=1)


def demo_config(
    amocrm_url: str, bitrix24_url: str, database: str, *, public_url: str | None = None, language: str = "ru"
) -> dict[str, Any]:
    """What the configuration file says; the secrets are those with which the emulators are started."""
    config: dict[str, Any] = {
        "database": database,
        "sync": {"every": 60},
        "portals": {"demo-amocrm": _amocrm(amocrm_url), "demo-bitrix24": _bitrix24(bitrix24_url)},
    }
    for portal in config["portals"].values():
        portal |= {"timezone": "Europe/Moscow", "language": language, "currency": "RUB"}
        portal |= {
            "people": {"head": words.HEAD, "pool": [11, 12, 13]},
            "sub_reasons": {"map": dict(words.SUB_REASONS)},
            "rules": {"params": dict(_PARAMS)},
        }
    if public_url is not None:
        config["public_url"] = public_url
    return config


def _amocrm(url: str) -> dict[str, Any]:
    return {
        "crm": "amocrm",
        "base_url": url,
        "auth": {"long_lived_token": AMO_TOKEN},
        "webhook_secret": AMO_HOOK_SECRET,
        "pipelines": {"include": [amocrm.SALES], "complaints": [amocrm.COMPLAINTS]},
        "loss_reasons": {"source": "native", "map": _reason_map()},
        "fields": {
            "client.quarter_volume": dict(words.QUARTER_VOLUME),
            "client.blacklisted": dict(words.BLACKLISTED),
            "client.region": dict(words.REGION),
            "client.industry": dict(words.INDUSTRY),
            "client.need_date": dict(words.NEED_ON),
            "client.partner": dict(words.PARTNER),
            "client.complaint": dict(words.COMPLAINT),
            "client.verified_at": dict(words.VERIFIED_ON),
            "client.tax_number": {"company": amocrm.LEGAL_ENTITY},
            "deal.reason_text": words.REASON_TEXT,
            "deal.sub_reason": words.SUB_REASON,
            "deal.source": words.DEAL_SOURCE,
            "deal.planned_at": words.PLANNED_ON,
            "deal.margin": words.MARGIN,
            "deal.referrer": words.REFERRER,
        },
        "stages": {amocrm.SALES: {step.value: amocrm.STATUSES[amocrm.SALES][step] for step in _SALES_STEPS}},
        "tasks": {"mode": "on"},
    }


def _bitrix24(url: str) -> dict[str, Any]:
    return {
        "crm": "bitrix24",
        "base_url": url,
        "auth": {"webhook": f"{B24_USER}/{B24_SECRET}"},
        "application_token": B24_APP_TOKEN,
        "pipelines": {"include": [bitrix24.SALES], "complaints": [bitrix24.COMPLAINTS]},
        "loss_reasons": {"source": "field", "field": bitrix24.LOSS_REASON, "map": _reason_map()},
        "fields": {
            "client.quarter_volume": bitrix24.QUARTER_VOLUME,
            "client.blacklisted": bitrix24.BLACKLISTED,
            "client.region": bitrix24.REGION,
            "client.industry": bitrix24.INDUSTRY,
            "client.need_date": bitrix24.NEED_ON,
            "client.partner": bitrix24.PARTNER,
            "client.complaint": bitrix24.COMPLAINT,
            "client.verified_at": bitrix24.VERIFIED_ON,
            "client.tax_number": bitrix24.TAX_NUMBER,
            "deal.reason_text": bitrix24.REASON_TEXT,
            "deal.sub_reason": bitrix24.SUB_REASON,
            "deal.source": bitrix24.DEAL_SOURCE,
            "deal.planned_at": bitrix24.PLANNED_ON,
            "deal.margin": bitrix24.MARGIN,
            "deal.referrer": bitrix24.REFERRER,
        },
        "stages": {bitrix24.SALES: {step.value: bitrix24.STAGES[bitrix24.SALES][step] for step in _SALES_STEPS}},
        "tasks": {"mode": "on", "as": "task"},
    }


def _reason_map() -> dict[str, str]:
    return {name: canonical for _, name, canonical in words.REASONS.values() if canonical is not None}
