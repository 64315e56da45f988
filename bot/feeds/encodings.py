"""Bytes as text, whatever they say of themselves."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?i)<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_META = re.compile(rb"""(?i)<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""")
_CHARSET = re.compile(r"""(?i)charset\s*=\s*["']?([\w.:-]{1,40})""")
#: Encodings whose bytes are all ASCII, so that they pass for UTF-8.
_SEVEN_BIT = ("iso-2022", "iso2022", "hz", "utf-7", "utf7")
#: What XML cannot hold. One such character makes a whole feed malformed.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decoded(body: bytes, content_type: str = "") -> str:
    """The body as text without a mark at its beginning and without characters that no document can hold."""
    return _NO_XML.sub("", _decoded(body, content_type))


def _decoded(body: bytes, content_type: str) -> str:
    """By its mark, else as UTF-8 if it is that, else as the document or the server says, else as Windows does.

    UTF-8 goes before what is declared, since text in another encoding is never valid UTF-8 by chance, while servers
    declare a charset for every file they have. UTF-8 with a few broken characters in it is still that: some programs
    cut texts at a byte.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if guessed := _wide(body):
        return body.decode(guessed, "replace")
    declared = _declared(body, content_type)
    if not any(name.lower().startswith(_SEVEN_BIT) for name in declared):
        text = body.decode("utf-8", "replace")
        broken = text.count("\ufffd")
        if broken == 0 or broken * 10 < sum(1 for char in text[:200_000] if char > "\x7f") - broken:
            return text
    for encoding in declared:
        if (text := _tried(body, encoding)) is not None:
            return text
    return body.decode("cp1252", "replace")


def _tried(body: bytes, encoding: str) -> str | None:
    # Who declares Latin-1 or ASCII means what Windows makes of it: that is what browsers do as well.
    name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}
    try:
        return codecs.decode(body, name.get(encoding.lower(), encoding), "strict")
    except (LookupError, ValueError, TypeError):  # TypeError: a codec that is none of text
        return None


def _declared(body: bytes, content_type: str) -> list[str]:
    """What the document declares, then what the server does."""
    start = body[:2048]
    found = [match[1].decode("ascii") for match in (_DECLARED.search(start), _META.search(start)) if match]
    return found + _CHARSET.findall(content_type)


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without a mark, told by the zeros around the first `<`, as XML recommends."""
    starts = {b"<\0\0\0": "utf-32-le", b"\0\0\0<": "utf-32-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
    return next((encoding for start, encoding in starts.items() if body.startswith(start)), "")
