"""Amounts in the portal's currency, exact to the minor unit; halves are rounded away from zero."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integrator.metrics.context import Context

_DIGITS = 9  # of a margin's fraction that are kept before it is rounded to the minor unit
_MARGIN = (
    r"^([+-]?)(\d{1,13})?(?:\.(\d*))?(?:\|([a-z]{3}))?$"  # Bitrix24's money fields end with the currency: 1500.50|RUB
)
_EXACT = 10**15  # numerators and denominators up to here leave room for any amount in 128 bits


def converted(deals: pl.DataFrame, currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with `amount` in the portal's minor units, `value` (margin, else amount) and `unrated`.

    `unrated` is the code of a currency without a rate; the amount is null there.
    """
    rates = _rates(currencies, context)
    amount = _exact("amount", "rate_over", "rate_under", 1)
    priced = _with_rate(deals, rates, _code("currency"), context).with_columns(
        amount=amount, unrated=pl.when(pl.col("rate_over").is_null()).then(_code("currency"))
    )
    return _valued(priced.drop("rate_over", "rate_under"), rates, context)


def _valued(deals: pl.DataFrame, rates: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return the deals with `value`: the margin where it is a number in a currency with a rate, else the amount."""
    if deals["margin"].null_count() == deals.height:
        return deals.with_columns(value=pl.col("amount"))
    text = (
        pl.col("margin")
        .str.to_lowercase()
        .str.replace_all(r"[\s\u00a0\u202f]", "")
        .str.replace_all(",", ".", literal=True)
    )
    parts = deals.with_columns(margin_text=text).with_columns(
        pl.col("margin_text").str.extract(_MARGIN, group).alias(name)
        for group, name in enumerate(("margin_sign", "margin_whole", "margin_part", "margin_code"), start=1)
    )
    digits = pl.concat_str(
        pl.col("margin_whole").fill_null("0"),
        pl.col("margin_part").fill_null("").str.slice(0, _DIGITS).str.pad_end(_DIGITS, "0"),
    )
    sign = pl.when(pl.col("margin_sign") == "-").then(-1).otherwise(1)
    number = pl.when(
        pl.col("margin_text").str.contains(r"^[+-]?\d*\.?\d") & pl.col("margin_text").str.contains(_MARGIN)
    )
    parts = parts.with_columns(margin_scaled=number.then(digits).cast(pl.Int128) * sign)
    code = pl.coalesce(pl.col("margin_code").str.to_uppercase(), _code("currency"))
    margin = _exact("margin_scaled", "rate_over", "rate_under", 10 ** (_DIGITS - 2))
    valued = _with_rate(parts, rates, code, context).with_columns(value=pl.coalesce(margin, "amount"))
    return valued.select(*deals.columns, "value")


def _code(column: str) -> pl.Expr:
    """Return the currency's code as it is compared; null where it is empty."""
    code = pl.col(column).str.strip_chars().str.to_uppercase()
    return pl.when(code != "").then(code)


def _with_rate(deals: pl.DataFrame, rates: pl.DataFrame, code: pl.Expr, context: Context) -> pl.DataFrame:
    """Return the deals with the ratio by which amounts of `code` become the portal's; 1 where there is no code."""
    joined = deals.with_columns(rate_code=code).join(rates, on="rate_code", how="left", maintain_order="left")
    own = pl.col("rate_code").is_null() | (pl.col("rate_code") == pl.lit((context.currency or "").strip().upper()))
    one = pl.lit(1, dtype=pl.Int128)
    return joined.with_columns(
        pl.when(own).then(one).otherwise(pl.col(name)).alias(name) for name in ("rate_over", "rate_under")
    ).drop("rate_code")


def _exact(amount: str, over: str, under: str, scale: int) -> pl.Expr:
    """Return amount x over / (under x scale) as an integer, halves away from zero."""
    value = pl.col(amount).cast(pl.Int128)
    below = pl.col(under) * pl.lit(scale, dtype=pl.Int128)
    size = ((value.abs() * pl.col(over) * 2 + below) // (below * 2)).cast(pl.Int64)
    return pl.when(value < 0).then(-size).otherwise(size)


def _rates(currencies: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Return by code the ratio by which its amounts become the portal's; codes without a rate are absent."""
    known = _known(currencies)
    own = known.get(context.currency.strip().upper()) if context.currency else Fraction(1)
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
