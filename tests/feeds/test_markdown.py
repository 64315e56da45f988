"""Summaries: short, balanced, and nothing in them is alive but the author's emphasis."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds import markup
from bot.feeds.markdown import LONGEST_SUMMARY, neutralised, summary

#: What Discord would bring to life, where no backslash stands before it.
ALIVE = re.compile(
    r"(?i)@everyone|@here|<@|<#|</|<a?:|<t:|<id:|://|discord\.gg|discord(?:app)?\.com|dsc\.gg"
    r"|(?<!\\)(?:\\\\)*(?:[`~_|]|\[|\]|<|>(?!\s))|[\w.]@\w"
)
LIVE_LINE = re.compile(r"(?m)^\s*(?:#{1,3}\s|-#|>|[-+*]\s|\d+[.)]\s)")
PIECES = [
    *("@everyone", "@here", "<@1>", "<@&1>", "<#1>", "</cmd:1>", "<:emoji:1>", "<a:e:1>", "<t:1>", "<id:customize>"),
    *("discord.gg/abc", "discord.com/invite/x", "https://dsc.gg/x", "https://a.example/x_y", "[a](https://b.example)"),
    *("# head", "-# small", "> quote", ">>> all", "- item", "* item", "+ item", "1. item", "12) item", "||spoiler||"),
    *("`code`", "```py", "~~gone~~", "__under__", "*em*", "**strong**", "\\", "\\*", "a@b.example", "\n", " ", ". "),
    *("word", "Ärger", "👩‍👩‍👧", "\u200b", "\u202e", "&lt;@1&gt;", "&#64;everyone", "ht\u200btp://x"),
]
TAGS = [
    f"<{slash}{name}>" for name in ("b", "strong", "em", "i", "p", "div", "li", "ul", "ol", "h1") for slash in ("", "/")
] + [
    "<blockquote>",
    "</blockquote>",
    "<br>",
    "<code>",
    "</code>",
    "<pre>",
    "<a href='https://x.example'>",
    "</a>",
    "<td>",
]
words = st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=40).map("".join)
html = st.lists(st.sampled_from(PIECES + TAGS) | st.text(max_size=20), max_size=60).map("".join)


def without_emphasis(text: str) -> str:
    """The text without its escapes and without pairs of `*` and `**` on one line: a star left over is unbalanced."""
    bare = re.sub(r"\\.", "x", text)
    return re.sub(r"(?m)(\*\*|\*)(?=\S)([^*\n]+?)(?<=\S)\1", r"\2", bare)


@given(words)
@settings(max_examples=400)
def test_no_text_comes_alive(text: str) -> None:
    shown = summary(text, html=False)
    assert len(shown) <= LONGEST_SUMMARY
    assert not ALIVE.search(shown)
    assert not LIVE_LINE.search(shown)
    assert "*" not in without_emphasis(shown)


@given(words)
def test_neutralised_text_keeps_every_word_and_comes_to_no_life(text: str) -> None:
    shown = neutralised(text)
    assert not ALIVE.search(shown)
    assert not LIVE_LINE.search(shown)
    assert "*" not in re.sub(r"\\.", "", shown)


@given(html)
@settings(max_examples=400)
def test_no_html_comes_alive_but_its_emphasis_lists_and_quotes(source: str) -> None:
    shown = summary(source)
    assert len(shown) <= LONGEST_SUMMARY
    assert not ALIVE.search(re.sub(r"(?m)^> ", "", shown))
    assert not LIVE_LINE.search(re.sub(r"(?m)^(?:> |- )", "", shown))
    assert "*" not in without_emphasis(shown)
    assert not re.search("[\ue000-\uf8ff]", shown)


inline = st.recursive(
    st.sampled_from(["some words", " a ", "x&amp;y", "Ärger. ", "*"]),
    lambda inner: st.tuples(
        st.sampled_from(["b", "strong", "i", "em", "a", "span"]), st.lists(inner, min_size=1, max_size=3)
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"),
    max_leaves=5,
)
line = st.lists(inline, min_size=1, max_size=3).map("".join)
block = (
    st.tuples(st.sampled_from(["p", "div", "h2"]), line).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>")
    | line.map(lambda text: f"<p>{text}<br>{text}</p>")
    | st.lists(line, max_size=3).map(lambda items: f"<ul> {' '.join(f'<li>{item}</li>' for item in items)}\n</ul>")
)


@given(st.lists(block, max_size=6).map(" ".join))
@settings(max_examples=300)
def test_simple_html_is_read_as_the_library_reads_it(source: str) -> None:
    shortcut = summary(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_simply_converted", lambda html: "")
        assert shortcut == summary(source)


@given(st.text(alphabet="ab*_<@ .\n", min_size=0, max_size=900))
def test_no_cut_parts_an_escape(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*\\(?:…|\Z)", summary(text, html=False))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>Plain &amp; <b>strong</b>, <em>soft</em>.</p>", "Plain & **strong**, *soft*."),
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<h2>Head</h2><p>Text.</p>", "**Head**\n\nText."),
        ("<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>", "- one\n- two\n- three"),
        ("<blockquote><p>said</p><p>again</p></blockquote>", "> said\n> again"),
        ('See <a href="https://x.example">this</a>.', "See this."),
        ("a<br>b", "a\nb"),
        ("a<li>b<td>c</td>", "a\n- b c"),
        ("<code>a * b</code>", "a \\* b"),
        ("<pre>if x:\n  y</pre>", "if x: y"),
        ("<b>a</b><i>b</i>", "**a**b"),
        ("<b><i>both</i></b> <b> spaced </b>.", "**both** **spaced** ."),
        ("<b>first<br>second</b>", "**first**\n**second**"),
        ("<b>never closed", "**never closed**"),
        ("<b>*</b> star", "\\* star"),
        ('<script>alert(1)</script><style>p{}</style><iframe src="x"></iframe>Seen.', "Seen."),
        ('<img src="pixel.gif" width="1"><table><tr><td>cell</td></tr></table>Seen.', "Seen."),
        ("<!-- hidden --><svg><text>hidden</text></svg>Seen.", "Seen."),
        (f"<style>{'p{color:red}' * 3000}</style>Seen.", "Seen."),
        (f'<img src="data:image/png;base64,{"A" * 60000}">Seen.', "Seen."),
        (f'<a title="1 > 0" {"x" * 900}="y">Seen.</a>', "Seen."),
        ("&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "Escaped **twice**"),
        ("", ""),
        ("<p>&nbsp;</p>", ""),
    ],
)
def test_html_becomes_what_discord_can_show(source: str, shown: str) -> None:
    assert summary(source) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone", "@\u200beveryone"),
        ("<@1> <#2>", "\\<\u200b@\u200b1\\> \\<\u200b#2\\>"),
        ("</cmd:1>", "\\<\u200b/cmd:1\\>"),
        ("https://a_b.example", "https:\u200b//a\\_b.example"),
        ("discord.gg/x", "discord\u200b.gg/x"),
        ("# a\n-# b\n> c\n- d\n1. e\n+ f", "\\# a\n\\-# b\n\\> c\n\\- d\n1\\. e\n\\+ f"),
        ("||s|| `c` ~~d~~", "\\|\\|s\\|\\| \\`c\\` \\~\\~d\\~\\~"),
        ("me@mail.example", "me@\u200bmail.example"),
        ("[a](b)", "\\[a\\](b)"),
        ("a \u202eb\u200bc\x00", "a bc"),
    ],
)
def test_what_a_feed_wrote_shows_as_it_is(text: str, shown: str) -> None:
    assert neutralised(text) == summary(text, html=False) == shown


@pytest.mark.parametrize(
    "tail",
    [
        '<p>The post <a href="x">My, title!</a> appeared first on <a href="y">A. Blog</a>.</p>',
        " [&hellip;]",
        " […]",
        " [...]",
        ' <a href="x">Continue reading <span>My title</span> &rarr;</a>',
        "<p><a>Read more…</a></p>",
        " <a>(more&hellip;)</a>",
        " [&#8230;]<p>The post <a>X</a> appeared first on <a>Y</a>.</p>",
        "<strong> Read more »</strong>",
    ],
)
def test_a_tail_that_only_says_there_is_more_is_left_out(tail: str) -> None:
    assert summary(f"<p>What it is about.</p>{tail}") == "What it is about."


def test_words_like_those_of_a_tail_stay_in_the_text() -> None:
    assert summary("She wants to read more books") == "She wants to read more books"
    assert summary("<p>The post office appeared. More follows.</p>") == "The post office appeared. More follows."


def test_it_is_cut_at_the_last_sentence_that_fits() -> None:
    text = "This sentence has forty characters, no? " * 20
    assert summary(text) == ("This sentence has forty characters, no? " * 7).strip()


def test_without_a_sentence_it_is_cut_at_a_word() -> None:
    shown = summary("longish words " * 60)
    assert shown.endswith(("longish…", "words…"))
    assert 280 < len(shown) <= LONGEST_SUMMARY


def test_an_abbreviation_ends_no_sentence() -> None:
    shown = summary("a" * 20 + " met Dr. " + "Word " * 100)
    assert shown.endswith("Word…")


def test_without_a_word_it_is_cut_anywhere_but_inside_a_character() -> None:
    assert summary("x" * 900) == "x" * 299 + "…"
    shown = summary("e\u0301" * 400)
    assert shown.endswith("e\u0301…")
    assert not summary("👩‍👩‍👧" * 200).endswith("\u200d…")


def test_emphasis_is_closed_where_it_is_cut() -> None:
    shown = summary(f"<b>{'strong words ' * 60}</b>")
    assert shown.startswith("**")
    assert shown.endswith("**…")
    assert len(shown) <= LONGEST_SUMMARY


def test_escapes_count_to_the_length() -> None:
    shown = summary("*" * 900)
    assert shown == "\\*" * 149 + "…"


def test_half_characters_are_left_out() -> None:
    assert summary("a\ud83db") == "ab"
    assert summary("&#xd83d;&#xe000;x").endswith("x")


def test_nesting_without_end_is_read_as_text() -> None:
    assert summary("<article>" * 600 + "deep <b>down</b>") == "deep down"
    assert summary("<div>" * 100_000 + "deep") == ""


def test_broken_html_is_read_as_well_as_it_can_be() -> None:
    assert "text" in summary("<![bad[<!DOCTYPE <p <b>text</i></p>")
    assert summary("text <a href='") == "text"
