"""Amounts in the portal's currency, exact to the minor unit; halves are rounded away from zero."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from integrator.metrics.columns import blank, joined, kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Context

_DIGITS = 9  # of a margin's fraction that are kept before it is rounded to the minor unit
_MARGIN = r"^([+-]?)(\d{1,13})?(?:\.(\d*))?(?:\|([a-z]{3}))?$"
_PARTS = ["sign", "whole", "part", "code"]
_EXACT = 10**15  # numerators and denominators up to here leave room for any amount in 128 bits


def converted(deals: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with `amount` in the portal's minor units, `value` (margin, else amount) and `unrated`.

    `unrated` is the code of a currency without a rate; the amount is null there.
    """
    deals = _priced(deals, currencies, context)
    if deals["margin"].null_count() == deals.height:
        return deals.with_columns(value="amount")
    given = deals.filter((pl.col("outcome") == "won") & pl.col("margin").is_not_null())
    margins = _margins(given.select("id", "margin", rate_code=_code("currency")), currencies, context)
    priced = joined(deals[["id", "amount"]], margins, on="id")
    return deals.with_columns(priced.select(pl.coalesce("margin_minor", "amount").alias("value")).to_series())


def _priced(deals: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with their amounts in the portal's minor units; mostly they are already."""
    codes = {(code or "").strip().upper() for code in deals["currency"].unique()}
    if codes <= {"", _own(context)}:
        return deals.hstack(blank(deals.height, {"unrated": pl.String}))
    rated = _with_rate(deals.select("amount", rate_code=_code("currency")), currencies, context)
    unrated = pl.when(pl.col("rate_over").is_null()).then(pl.col("rate_code"))
    return kept(deals, rated.select(amount=_exact("amount", 1), unrated=unrated))


def of_portal(amounts: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the amounts with `minor` in the portal's currency instead of that of `rate_code` (null: the portal's own).

    `minor` is null where there is no rate.
    """
    if {code or "" for code in amounts["rate_code"].unique()} <= {"", _own(context)}:
        return amounts
    rated = _with_rate(amounts, currencies, context)
    return rated.with_columns(minor=_exact("minor", 1)).drop("rate_over", "rate_under")


def _margins(given: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return `margin_minor` by the deal's id where the margin is a number in a currency with a rate."""
    if given.is_empty():
        return pl.DataFrame(schema={"id": pl.Int64, "margin_minor": pl.Int64})
    text = pl.col("margin").str.to_lowercase().str.replace_all(r"\s", "").str.replace_all(",", ".", literal=True)
    number = text.str.extract_groups(_MARGIN).struct.rename_fields(_PARTS)
    parts = given.select("id", "rate_code", number.struct.unnest())
    parts = parts.filter(pl.col("whole").is_not_null() | (pl.col("part") != ""))
    fraction = pl.col("part").fill_null("").str.slice(0, _DIGITS).str.pad_end(_DIGITS, "0")
    sign = pl.when(pl.col("sign") == "-").then(-1).otherwise(1)
    scaled = pl.concat_str(pl.col("whole").fill_null("0"), fraction).cast(pl.Int128) * sign
    code = pl.coalesce(pl.col("code").str.to_uppercase(), "rate_code")
    rated = _with_rate(parts.select("id", rate_code=code, scaled=scaled), currencies, context)
    return rated.select("id", margin_minor=_exact("scaled", 10 ** (_DIGITS - 2)))


def _code(column: str) -> pl.Expr:
    """Return the currency's code as it is compared; null where it is empty."""
    code = pl.col(column).str.strip_chars().str.to_uppercase()
    return pl.when(code != "").then(code)


def _own(context: Context) -> str:
    """Return the code of the portal's own currency; empty where it has none."""
    return (context.currency or "").strip().upper()


def _with_rate(amounts: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the amounts with the ratio by which those of their `rate_code` become the portal's; 1 where it is null."""
    rated = joined(amounts, _rates(currencies, context), on="rate_code")
    own = pl.col("rate_code").is_null() | (pl.col("rate_code") == pl.lit(_own(context)))
    one = pl.lit(1, dtype=pl.Int128)
    return rated.with_columns(
        pl.when(own).then(one).otherwise(pl.col(name)).alias(name) for name in ("rate_over", "rate_under")
    )


def _exact(amount: str, scale: int) -> pl.Expr:
    """Return the amount by its rate, divided by the scale, as an integer; halves go away from zero."""
    value = pl.col(amount).cast(pl.Int128)
    below = pl.col("rate_under") * pl.lit(scale, dtype=pl.Int128)
    size = ((value.abs() * pl.col("rate_over") * 2 + below) // (below * 2)).cast(pl.Int64)
    return pl.when(value < 0).then(-size).otherwise(size)


def _rates(currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return by code the ratio by which its amounts become the portal's; codes without a rate are absent."""
    known = _known(currencies)
    own = known.get(_own(context)) if context.currency else Fraction(1)
    ratios = {code: _bounded(rate / own) for code, rate in known.items()} if own else {}
    columns = {
        "rate_code": list(ratios),
        "rate_over": [ratio.numerator for ratio in ratios.values()],
        "rate_under": [ratio.denominator for ratio in ratios.values()],
    }
    return pl.DataFrame(columns, schema={"rate_code": pl.String, "rate_over": pl.Int128, "rate_under": pl.Int128})


def _known(currencies: pl.DataFrame) -> Mapping[str, Fraction]:
    """Return the rates that are positive numbers, by code; the base's own is 1."""
    rates: dict[str, Fraction] = {}
    for code, text, base in currencies.select("code", "rate", "is_base").iter_rows():
        rate = Fraction(1) if base else _rate(text)
        if rate is not None:
            rates[str(code).strip().upper()] = rate
    return rates


def _rate(text: str | None) -> Fraction | None:
    """Return the rate as a ratio; None where it is not a positive number."""
    try:
        number = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() and number > 0 else None


def _bounded(ratio: Fraction) -> Fraction:
    """Return the ratio, or one so near that no amount shows it where its terms would not fit the arithmetic."""
    fits = max(ratio.numerator, ratio.denominator) <= _EXACT
    return ratio if fits else ratio.limit_denominator(10**9)
