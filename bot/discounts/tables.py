"""Tables in CSV and text files, line by line. A line is named by its number, never by what it says."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

from bot.discounts.errors import FileTooLargeError, ImportLineError, UnreadableFileError

#: The largest file, in bytes.
LARGEST_FILE = 2 * 1024 * 1024

#: How the files of Excel, Word, LibreOffice and Numbers begin, and PDF, RTF, PNG and JPEG
#: (https://en.wikipedia.org/wiki/List_of_file_signatures).
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff")
#: The first line of many a file for Excel (https://en.wikipedia.org/wiki/Comma-separated_values#Specification).
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t|])"?[,;\t| ]*(?:\r?\n|\r|$)', re.IGNORECASE)


def rows_of(content: bytes, *, may_break: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Every line that is not empty, with its number and its cells; not the one in which Excel says how it splits.

    Where cells `may_break` into several lines, as addresses and notes do, every quotation mark has to be in its place.
    """
    text = _text(content)
    said = _DELIMITER_LINE.match(text)
    delimiter = said[1] if said else _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=may_break)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (said and line == 1):
                if not may_break and (reader.line_num > line or any("\n" in cell for cell in cells)):
                    raise ImportLineError(line, "it has a quotation mark that is not closed")
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise ImportLineError(line, "it is no line of a CSV file") from None


def _delimiter(text: str) -> str:
    """What stands most often in the first line that is not empty; spreadsheets in Europe write semicolons."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise FileTooLargeError
    if content.startswith(_NO_TEXT):
        raise UnreadableFileError(
            "This is a spreadsheet, a document or a picture, and I read plain text only. Save it as CSV or as a text "
            "file, and send me that."
        )
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise UnreadableFileError("I cannot read that file. Please save it again as CSV in UTF-8.") from None
        raise ImportLineError(
            content[: error.start].count(b"\n") + 1, "it is not UTF-8. Save the file as UTF-8"
        ) from None
