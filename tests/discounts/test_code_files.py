"""Files with codes, as hosts send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discounts.code_files import MOST_CODES, read_codes
from bot.discounts.errors import ImportLineError, UnreadableFileError
from bot.discounts.tables import LARGEST_FILE


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
        "Código de descuento;Valor\nA-1;50\nB-2;50\nC-3;50\n".encode(),
        b"Codes promo\nA-1\nB-2\nC-3\n",
        b"Webinar-Gutscheine\nA-1\nB-2\nC-3\n",
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


def test_of_several_columns_the_one_is_read_that_says_most_clearly_that_it_has_codes() -> None:
    assert read_codes(b"coupon,code\nspring,A-1\nspring,B-2\n").codes == ("A-1", "B-2")


@pytest.mark.parametrize(
    "content",
    [
        b"code,used\nA-1,no\nB-2,yes\nC-3,\n",
        b"code,redeemed at\nA-1,\nB-2,2026-04-01\nC-3\n",
        "Gutschein;Eingelöst\nA-1;nein\nB-2;ja\nC-3;0\n".encode(),
        b"Code,Status\nA-1,active\nB-2,Used\nC-3,unused\n",
        b"Rabattcode;Status\nA-1;aktiv\nB-2;Abgelaufen\nC-3;aktiv\n",
        b"Code,Used at,Status\nA-1,,open\nB-2,,redeemed\nC-3,,open\n",
    ],
)
def test_codes_that_cannot_be_used_any_more_are_left_out(content: bytes) -> None:
    file = read_codes(content)
    assert (file.codes, file.lines, file.repeated, file.spent) == (("A-1", "C-3"), 2, 0, 1)
    with pytest.raises(UnreadableFileError, match="cannot be used any more"):
        read_codes(b"code,used\nA-1,yes\n")


@pytest.mark.parametrize(
    "beginning",
    [b"PK\x03\x04\x14\x00\x06\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7\n%\xe2\xe3", b"\x89PNG\r\n"],
)
def test_a_spreadsheet_and_a_document_are_asked_for_as_text(beginning: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"This is a spreadsheet, a document or a picture.* Save it as CSV"):
        read_codes(beginning + b"\x00\xff" * 20)


def test_a_file_with_several_columns_is_told_where_to_write_which_one_has_the_codes() -> None:
    with pytest.raises(ImportLineError, match="Write `code` in the first line, above the column with the codes"):
        read_codes(b"A-1,50\n")


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
        (b"SAVE@50\nB-2@mail.example\n", 2),
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
