"""Files with codes and with sales, as hosts send them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discounts.code_files import LARGEST_FILE, MOST_CODES, read_codes, read_day, read_sales
from bot.discounts.errors import ImportLineError, UnreadableFileError

NOW, NEW_YORK = datetime(2026, 4, 30, 12, 0, tzinfo=UTC), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "content",
    [
        b"A-1\nB-2\nC-3\n",
        b"\xef\xbb\xbfA-1\r\n  B-2  \r\n\r\nC-3",
        "A-1\nB-2\nC-3".encode("utf-16"),
        b"code\nA-1\nB-2\nC-3\n",
        b"Discount Code,Value\nA-1,50\nB-2,50\nC-3,50\n",
        b"id;code;used\n1;A-1;no\n2;B-2;no\n3;C-3;no\n",
        b"number\tcode\n1\tA-1\n2\tB-2\n3\tC-3\n",
        b'"Code"\n"A-1"\n"B-2"\n"C-3"\n',
        b"A-1,\nB-2,\nC-3,\n",
        b"A-1\na-1\nB-2\nC-3\nB-2\n",
        b"PromoCode\nA-1\nB-2\nC-3\n",
        b"unique_code\nA-1\nB-2\nC-3\n",
        b"Gutschein-Codes\nA-1\nB-2\nC-3\n",
        b"sep=;\nA-1\nB-2\nC-3\n",
        b"\xef\xbb\xbfSEP=,\r\nnumber,code\r\n1,A-1\r\n2,B-2\r\n3,C-3\r\n",
        "sep=\t\ncode\tvalue; off\nA-1\t5\nB-2\t5\nC-3\t5".encode("utf-16"),
    ],
)
def test_codes_are_read_from_whatever_spreadsheets_and_editors_write(content: bytes) -> None:
    assert list(read_codes(content).codes) == ["A-1", "B-2", "C-3"]


@pytest.mark.parametrize("codes", [("SUNCODE", "MOONCODE"), ("A1CODE", "B2CODE"), ("SUNCODE",)])
def test_a_code_that_sounds_like_a_title_is_a_code(codes: tuple[str, ...]) -> None:
    file = read_codes("\n".join(codes).encode())
    assert (file.codes, file.is_titled) == (codes, False)


def test_repeated_codes_are_counted_and_kept_once() -> None:
    file = read_codes(b"code\nA\n A \na\nB\n")
    assert (file.codes, file.repeated, file.lines) == (("A", "B"), 2, 4)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"A-1\nB 2\nC-3", 2),
        (b"A-1\n\n\nB\x002", 4),
        (b"A-1\n" + b"x" * 101, 2),
        (b"A-1\nB-2,50\n", 2),
        (b"code,value\nA-1,50\n,50\n", 3),
        (b"code\nA-1\n\"B-2\nC-3\nD-4", 3),
        (b"A-1\nB\xe4\n", 2),
        (b"sep=;\nA-1\nB 2\n", 3),
        (b"code\nA-1\n" + b"y" * 200_000, 3),
    ],
)  # fmt: skip
def test_one_bad_line_is_named_by_its_number_and_never_shown(content: bytes, line: int) -> None:
    with pytest.raises(ImportLineError) as caught:
        read_codes(content)
    assert caught.value.line == line
    assert f"Line {line} " in caught.value.message
    assert "B-2" not in caught.value.message


def test_a_file_that_is_empty_or_too_large_is_refused() -> None:
    for content in (b"", b"\n \n", b"code\n"):
        with pytest.raises(UnreadableFileError, match="no code"):
            read_codes(content)
    with pytest.raises(UnreadableFileError, match="2 MB"):
        read_codes(b"x" * (LARGEST_FILE + 1))
    codes = "\n".join(f"C{number}" for number in range(MOST_CODES)).encode()
    assert len(read_codes(codes).codes) == MOST_CODES
    with pytest.raises(UnreadableFileError, match="50,000"):
        read_codes(codes + b"\none-more")
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        read_codes(b"\xff\xfeA")


@given(st.binary(max_size=300))
def test_no_file_makes_it_stumble(content: bytes) -> None:
    try:
        file = read_codes(content)
    except (ImportLineError, UnreadableFileError):
        return
    assert len({code.casefold() for code in file.codes}) == len(file.codes) == file.lines - file.repeated


def sales(content: bytes, *, by_code: bool = True) -> list[tuple[str, str, date]]:
    return [(sale.code, sale.order, sale.day) for sale in read_sales(content, NEW_YORK, NOW, by_code=by_code)]


def test_sales_are_read_with_and_without_titles() -> None:
    day = date(2026, 4, 29)
    assert sales(b"A-1,2026-04-29\n") == [("A-1", "", day)]
    assert sales(b"#1001,2026-04-29\n", by_code=False) == [("", "#1001", day)]
    assert sales(b"Created at;Order ID\n2026-04-29;1001\n") == [("", "1001", day)]
    assert sales(b"sep=;\ndate;code\n2026-04-29;A-1\n") == [("A-1", "", day)]
    shop = b"Name,Email,Created at,Discount Code\n#1,a@b.example,2026-04-29 23:30:00 -0400,A-1\n#2,,2026-04-29,\n"
    assert sales(shop) == [("A-1", "#1", day)]


def test_of_several_columns_the_one_is_read_that_says_most_clearly_what_it_is() -> None:
    day = date(2026, 4, 29)
    assert sales(b"Name,ID,Order ID,Date\nMaya Lind,7,1001,2026-04-29\n", by_code=False) == [("", "1001", day)]
    assert sales(b"Created,Date,Paid at,Code\n2026-04-01,2026-04-02,2026-04-29,A-1\n") == [("A-1", "", day)]
    assert sales(b"Coupon,Coupon code,Order date,Date\nSpring,A-1,2026-04-29,2026-04-30\n") == [("A-1", "", day)]
    assert read_codes(b"coupon,code\nspring,A-1\nspring,B-2\n").codes == ("A-1", "B-2")


def test_a_code_that_was_made_but_not_redeemed_is_no_sale() -> None:
    codes = b"code,created at,redeemed at\nA-1,2026-03-01,\nB-2,2026-03-01,2026-04-29\n"
    assert sales(codes) == [("B-2", "", date(2026, 4, 29))]
    with pytest.raises(UnreadableFileError, match="no sale"):
        sales(b"code,created at,used on\nA-1,2026-03-01,\n")


def test_a_day_is_read_in_the_guild_s_zone() -> None:
    assert read_day("2026-04-30T02:00:00Z", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("April 29, 2026", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("April 29", NEW_YORK, NOW) == date(2026, 4, 29)
    assert read_day("some day", NEW_YORK, NOW) is None


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"order id,date\n1,2026-04-29\nmaya@example.com,2026-04-29\n", 3, "e-mail"),
        (b"order id,date\n1,2026-04-29\n2,some day\n", 3, "date"),
        (b"order id,date\n1,2026-05-03\n", 2, "future"),
        (b"code,date\nA 1,2026-04-29\n", 2, "code"),
    ],
)
def test_a_bad_sale_is_named_by_its_line(content: bytes, line: int, why: str) -> None:
    with pytest.raises(ImportLineError, match=why) as caught:
        sales(content)
    assert caught.value.line == line
    assert "maya" not in caught.value.message


def test_a_file_without_days_or_sales_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="date"):
        sales(b"code,value\nA-1,50\n")
    with pytest.raises(UnreadableFileError, match="no sale"):
        sales(b"code,date\n,2026-04-29\n")
