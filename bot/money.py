"""Money: amounts in minor units (cents), read from what people type and written as each currency is written."""

import re
from decimal import Decimal
from functools import cache

from babel.core import Locale
from babel.numbers import (
    format_currency,
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
    list_currencies,
)

from bot.errors import UserFacingError

_LOCALE, _ABROAD = Locale("en", "US"), Locale("en", "001")
#: Whose sign or name without a country is meant by it: `$`, `dollars` and `pounds` are those of several countries.
_PLAINLY_NAMED = ("USD", "EUR", "GBP", "JPY")
#: No price is higher; it also keeps amounts well within a database's integers.
_MOST_DIGITS = 12
#: 1,200 · 1,200.50 · 1.200,50 · 1 200: groups of three with the same mark between them, then decimals after another.
_GROUPED = re.compile(r"(\d{1,3}(?P<mark>[,.' ])\d{3}(?:(?P=mark)\d{3})*)(?:(?!(?P=mark))[.,](\d+))?", re.ASCII)
#: 147 · 147.50 · 147,50
_PLAIN = re.compile(r"(\d+)(?P<mark>)(?:[.,](\d+))?", re.ASCII)


class UnreadableAmountError(UserFacingError):
    """What was typed is no amount of money in its currency."""

    def __init__(self, typed: str, hint: str) -> None:
        super().__init__(f"I cannot read {_quoted(typed)} as an amount. {hint}")


class UnknownCurrencyError(UserFacingError):
    """What was typed is no currency."""

    def __init__(self, typed: str) -> None:
        super().__init__(
            f"I do not know the currency {_quoted(typed)}. Write its three letters, such as `USD`, `EUR` or `GBP`."
        )


def is_currency(code: str) -> bool:
    """Whether this is the code of a currency: three capital letters (ISO 4217)."""
    return code in list_currencies(_LOCALE)


def currency_named(typed: str) -> str:
    """The code of the currency that was typed as a code, a sign or a name, in any case: `usd`, `$`, `dollars`.

    Raises UnknownCurrencyError.
    """
    words = _plainly(typed)
    if is_currency(words):
        return words
    found = next((code for code in _currencies() if words in _names_of(code)), None)
    if found is None:
        raise UnknownCurrencyError(typed)
    return found


def currency_in(text: str) -> str | None:
    """The currency whose code, sign or name stands with an amount; `$` alone is of US dollars, and `¥` of yen."""
    return next((code for code in _currencies() if is_in(text, code)), None)


def is_in(text: str, currency: str) -> bool:
    """Whether the code, the sign or the name of that currency stands with an amount."""
    bare = _bare(text, currency)
    return bare != _plainly(text) and _split(bare) is not None


def currency_name(currency: str) -> str:
    """What people call a currency: `US dollars`, `euros`."""
    return get_currency_name(currency, count=2, locale=_LOCALE)


def minor_digits(currency: str) -> int:
    """How many decimals a currency has: 2 for dollars, 0 for yen, 3 for Bahraini dinars."""
    return get_currency_precision(currency)


def parse_amount(text: str, currency: str) -> int:
    """The amount in minor units, from `147`, `$147.50`, `1,200`, `1.200,50 €` or `USD 147`.

    Raises UnreadableAmountError where it is no amount, is not above zero, or has more decimals than the currency.
    """
    digits = minor_digits(currency)
    example = f"Write it like `{'147.50' if digits else '147'}`."
    found = _split(_bare(text, currency))
    if found is None:
        if (other := currency_in(text)) is None:
            raise UnreadableAmountError(text, example)
        raise UnreadableAmountError(
            text, f"It is in {currency_name(other)}, and the currency is {currency}. Change one of them."
        )
    whole, decimals = found
    if len(whole) + digits > _MOST_DIGITS:
        raise UnreadableAmountError(text, f"It is too large. {example}")
    if len(decimals) > digits:
        raise UnreadableAmountError(text, f"{currency} has {digits or 'no'} decimals. {example}")
    minor = int(Decimal(f"{whole}.{decimals or '0'}").scaleb(digits))
    if minor <= 0:
        raise UnreadableAmountError(text, "It has to be more than zero.")
    return minor


def format_money(minor: int, currency: str) -> str:
    """An amount in minor units as people write it: `$147`, `$147.50`, `€1,200`, `¥15,000`."""
    amount = Decimal(minor).scaleb(-minor_digits(currency))
    if amount == amount.to_integral_value():
        return format_currency(amount, currency, "¤#,##0", locale=_LOCALE, currency_digits=False)
    return format_currency(amount, currency, locale=_LOCALE)


def plain_amount(minor: int, currency: str) -> str:
    """An amount as a person could type it whatever the currency: `147` or `147.50`."""
    amount = Decimal(minor).scaleb(-minor_digits(currency))
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:f}"


def _currencies() -> tuple[str, ...]:
    return *_PLAINLY_NAMED, *sorted(list_currencies(_LOCALE))


@cache
def _names_of(currency: str) -> tuple[str, ...]:
    """A currency's code, its signs here and abroad, and its names, in capitals, the longest first.

    What several have in common is one of the currency that is plainly named by it.
    """
    names = {get_currency_name(currency, count, locale=_LOCALE) for count in (None, 1, 2)}
    if currency in _PLAINLY_NAMED:
        names |= {name.split()[-1] for name in names}
    signs = {currency, *(get_currency_symbol(currency, locale) for locale in (_LOCALE, _ABROAD))}
    return tuple(sorted(map(_plainly, names | signs), key=len, reverse=True))


def _bare(text: str, currency: str) -> str:
    """The number alone, without the currency's code, sign or name in front or behind."""
    bare = _plainly(text)
    narrow = get_currency_symbol(currency, _LOCALE).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")  # the $ of CA$
    for sign in (*_names_of(currency), narrow):
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    return bare


def _plainly(text: str) -> str:
    """A text in capitals, with a plain space for any other: signs have both, too, such as `F CFA` and `Cg.`."""
    return " ".join(text.upper().split())


def _split(bare: str) -> tuple[str, str] | None:
    found = _GROUPED.fullmatch(bare)
    if found is None or (found["mark"] == "." and bare.count(".") == 1 and not found[3]):
        found = _PLAIN.fullmatch(bare)  # 1.200 is no thousand in English: one point is before decimals
    return (re.sub(r"\D", "", found[1]).lstrip("0") or "0", found[3] or "") if found else None


def _quoted(typed: str) -> str:
    return f"`{' '.join(typed.replace('`', chr(39)).split())[:40] or ' '}`"
