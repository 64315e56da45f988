"""Amounts of money, as people type and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import money
from bot.errors import UserFacingError
from bot.money import UnknownCurrencyError, UnreadableAmountError, format_money, parse_amount


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("147", "USD", 14700),
        ("$147", "USD", 14700),
        ("147.50", "USD", 14750),
        ("147,5", "EUR", 14750),
        (" $ 1,200 ", "USD", 120000),
        ("1.200,50 €", "EUR", 120050),
        ("1 200,50", "EUR", 120050),
        ("1'200.50", "CHF", 120050),
        ("1.200.000", "USD", 120000000),
        ("USD 147", "USD", 14700),
        ("147 usd", "USD", 14700),
        ("CA$99", "CAD", 9900),
        ("$99", "CAD", 9900),
        ("15,000", "JPY", 15000),
        ("¥15000", "JPY", 15000),
        ("1.200", "BHD", 1200),
        ("1,200", "BHD", 1200000),
        ("0.01", "USD", 1),
        ("007", "USD", 700),
        ("97 dollars", "USD", 9700),
        ("US$97", "USD", 9700),
        ("97 Euro", "EUR", 9700),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "hint"),
    [
        ("", "USD", "Write it like `147.50`"),
        ("free", "USD", "Write it like"),
        ("-5", "USD", "Write it like"),
        ("1,20,0", "USD", "Write it like"),
        ("€147", "USD", "It is in euros, and the currency is USD"),
        ("147 pounds", "USD", "It is in British pounds"),
        ("1e5", "USD", "Write it like"),
        ("١٤٧", "USD", "Write it like"),
        ("0", "USD", "more than zero"),
        ("0.00", "USD", "more than zero"),
        ("147.505", "USD", "USD has 2 decimals"),
        ("1.200", "USD", "USD has 2 decimals"),
        ("15.5", "JPY", "JPY has no decimals. Write it like `147`"),
        ("9" * 30, "USD", "too large"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_way_on(typed: str, currency: str, hint: str) -> None:
    with pytest.raises(UnreadableAmountError, match=hint):
        parse_amount(typed, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (14700, "USD", "$147"),
        (14750, "USD", "$147.50"),
        (120000, "EUR", "€1,200"),
        (15000, "JPY", "¥15,000"),
        (9900, "CAD", "CA$99"),
        (1200, "BHD", "BHD 1.200"),
        (0, "USD", "$0"),
    ],
)
def test_money_is_written_as_its_currency_is(minor: int, currency: str, written: str) -> None:
    assert format_money(minor, currency).replace("\u00a0", " ") in (written, written.replace(" ", ""))


@given(
    st.integers(1, 10**9),
    st.sampled_from(["USD", "EUR", "GBP", "JPY", "BHD", "CHF", "CAD", "BRL", "HUF", "XOF", "XCG"]),
)
def test_what_is_written_is_read_as_the_same(minor: int, currency: str) -> None:
    assert parse_amount(format_money(minor, currency), currency) == minor
    assert parse_amount(money.plain_amount(minor, currency), currency) == minor


@given(st.text(), st.sampled_from(["USD", "JPY"]))
def test_whatever_is_typed_is_read_or_refused(typed: str, currency: str) -> None:
    try:
        said = f"{parse_amount(typed, currency)}"
    except UserFacingError as refused:
        said = refused.message
    assert 0 < len(said) < 200


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" usd ", "USD"), ("$", "USD"), ("US$", "USD"), ("Dollars", "USD"), ("US dollar", "USD"), ("€", "EUR"),
        ("euros", "EUR"), ("£", "GBP"), ("pounds", "GBP"), ("¥", "JPY"), ("CA$", "CAD"), ("Swiss francs", "CHF"),
    ],
)  # fmt: skip
def test_a_currency_is_known_by_its_code_its_sign_and_its_name(typed: str, code: str) -> None:
    assert money.currency_named(typed) == code


def test_currencies_are_known_by_their_letters() -> None:
    assert money.is_currency("EUR")
    assert not money.is_currency("eur")
    assert (money.minor_digits("USD"), money.minor_digits("JPY")) == (2, 0)
    for typed in ("doubloons", "francs", ""):  # francs are those of many countries
        with pytest.raises(UnknownCurrencyError, match="three letters"):
            money.currency_named(typed)


def test_an_amount_to_type_has_no_sign_of_a_currency() -> None:
    typed = [money.plain_amount(*one) for one in ((14700, "USD"), (14750, "USD"), (147, "JPY"), (120000, "EUR"))]
    assert typed == ["147", "147.50", "147", "1200"]
