"""What a blog's posts look like, and that each appears exactly once, as members meet them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
import simcord

from tests.cogs.blog_stage import DAY, Blogs, item, open_blog_stage, open_blogs, open_web  # noqa: F401
from tests.simkit import Stage

HOSTILE = (
    "@everyone @here <@80351110224678912> <@&80351110224678912> <#80351110224678912> discord.gg/spam "
    "[free](https://evil.example) **b** _i_ `c` ||d|| ~~e~~"
)
#: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
LIMITS = {"title": 256, "description": 4096, "url": 2048}


def assert_harmless(text: str) -> None:
    """What a feed wrote mentions nobody, invites nowhere, and formats nothing."""
    assert "@everyone" not in text
    assert "@here" not in text
    assert "discord.gg/" not in text
    assert not re.search(r"(?<!\\)(?:<[@#]|[*_~`|\[])", text), text


def assert_within_limits(payload: dict[str, Any]) -> None:
    """Discord would take this message."""
    assert len(payload.get("content") or "") <= 2000
    for embed in payload.get("embeds") or []:
        for name, most in LIMITS.items():
            assert len(embed.get(name) or "") <= most
        footer = embed["footer"]["text"]
        assert 0 < len(footer) <= 2048
        assert len(embed.get("title", "") + embed.get("description", "") + footer) <= 6000
        assert re.match("https?://[a-z0-9]", embed.get("url", "http://none")), embed["url"]


# ------------------------------------------------------------- the card


async def test_a_post_is_a_card_with_title_link_author_blog_date_summary_and_image(blogs: Blogs) -> None:
    await blogs.follow()
    html = '<p>Rivers <b>bend</b>.</p><img src="https://blog.example/river.jpg">'
    when = "Sun, 01 Mar 2026 09:30:00 +0000"
    blogs.serve(item("On rivers", link="http://blog.example/rivers", html=html, author="a@b.c (Ada)", pubDate=when))
    await blogs.poll()
    [message] = blogs.posts()
    [card] = message.embeds
    assert (card.title, card.url) == ("On rivers", "http://blog.example/rivers")
    assert card.description == "Rivers **bend**.\n\nby Ada"
    assert card.footer.text == "Out of the Bubble"
    assert card.timestamp == datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "Discord shows it in each reader's zone"
    assert card.image.url == "https://blog.example/river.jpg"
    assert message.content == ""


async def test_the_author_who_is_a_member_is_named_and_not_pinged(stage: Stage, blogs: Blogs) -> None:
    ada = await stage.join("ada")
    await blogs.follow(author=ada)
    await blogs.publish("On rivers")
    assert (blogs.posts()[0].embeds[0].description or "").endswith(f"by {ada.mention}")
    sent = blogs.requests("POST", f"/channels/{blogs.channel.id}/messages")[-1]
    assert sent.json["allowed_mentions"] == {"parse": []}


async def test_a_summary_is_at_most_300_characters_and_ends_with_a_sentence(blogs: Blogs) -> None:
    await blogs.follow()
    blogs.serve(item("On rivers", guid="1", html=f"<p>{'Rivers bend where the land lets them. ' * 30}</p>"))
    await blogs.poll()
    summary = blogs.posts()[0].embeds[0].description or ""
    assert 200 < len(summary) <= 300
    assert summary.endswith("lets them.")


async def test_an_image_that_is_not_encrypted_is_left_out(blogs: Blogs) -> None:
    await blogs.follow()
    blogs.serve(item("On rivers", guid="1", html='<p>So.</p><img src="http://blog.example/river.jpg">'))
    await blogs.poll()
    assert not blogs.posts()[0].embeds[0].image.url


async def test_nothing_a_feed_writes_is_a_mention_an_invite_a_link_or_formatting(stage: Stage, blogs: Blogs) -> None:
    readers = stage.guild.create_role("Readers", mentionable=True)
    await blogs.follow(role=readers, question="What of {title}?")
    html = HOSTILE.replace("<", "&lt;")
    blogs.serve(item(HOSTILE, guid="1", link="http://blog.example/1", html=html, author=HOSTILE), title=HOSTILE)
    await blogs.poll()
    [message] = blogs.posts()
    [card] = message.embeds
    assert_harmless(card.title or "")
    assert_harmless(card.description or "")
    assert message.content == readers.mention
    [question] = stage.said(blogs.thread())
    assert_harmless(question)
    listed = await blogs.listed()
    assert "@everyone" not in listed
    assert "[free](" not in listed


async def test_the_role_that_was_chosen_is_mentioned_and_nothing_else(stage: Stage, blogs: Blogs) -> None:
    readers = stage.guild.create_role("Readers", mentionable=True)
    await blogs.follow(role=readers)
    await blogs.publish("@everyone look")
    [post] = blogs.requests("POST", f"/channels/{blogs.channel.id}/messages")
    assert post.json["allowed_mentions"] == {"parse": [], "roles": [readers.id]}
    [question] = blogs.requests("POST", f"/channels/{blogs.thread().id}/messages")
    assert question.json["allowed_mentions"] == {"parse": []}


async def test_a_role_that_is_gone_is_not_mentioned(stage: Stage, blogs: Blogs) -> None:
    readers = stage.guild.create_role("Readers", mentionable=True)
    await blogs.follow(role=readers)
    stage.env.backend.delete_role(stage.guild.id, readers.id)
    await blogs.publish("On rivers")
    [message] = blogs.posts()
    assert (message.content, message.components) == ("", [])


async def test_whatever_a_feed_writes_every_limit_of_discord_holds(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(question="{title} " * 37, at_most=0)
    long = "*_`[" * 2000
    blogs.serve(
        item(long, guid="1", link=f"http://blog.example/{'x' * 5000}", html=long, author=long),
        item("~" * 5000, guid="2", link="javascript:alert(1)", html="word " * 20000),
        item("word " * 5000, guid="3", link="http://blog.example/" + "ü" * 500, html=long),
        title=long,
    )
    await blogs.poll()
    assert len(blogs.posts()) == 3
    for call in stage.env.http_requests:
        if call.method == "POST" and call.path.endswith("/messages"):
            assert_within_limits(call.json)
    assert len(opened := blogs.requests("POST", "/threads")) == 3
    assert all(0 < len(call.json["name"]) <= 100 for call in opened)
    assert all(len(stage.said(blogs.thread(number))) == 1 for number in range(3))


async def test_a_post_without_title_link_and_date_is_shown_all_the_same(blogs: Blogs) -> None:
    await blogs.follow(at_most=0)
    blogs.serve(
        item(guid="3"),
        item(guid="2", html="<p>Just a thought about rivers.</p>"),
        item("No link", guid="1"),
    )
    await blogs.poll()
    assert blogs.titles() == ["No link", "Just a thought about rivers.", "Untitled"]
    assert {message.embeds[0].url for message in blogs.posts()} == {"http://blog.example/"}, "it leads to the blog"
    assert blogs.posts()[0].embeds[0].timestamp is None


# ------------------------------------------------------------- exactly once, in order


async def test_new_posts_appear_by_themselves_the_oldest_first(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    blogs.blog.publish("One", "Two", "Three")
    await stage.pass_time(720)
    assert blogs.titles() == ["One", "Two", "Three"]
    await stage.pass_time(3600)
    assert len(blogs.posts()) == 3


async def test_a_restart_between_the_look_at_a_blog_and_the_post_loses_and_doubles_nothing(
    stage: Stage, blogs: Blogs
) -> None:
    await blogs.follow()
    await stage.bot.remove_cog("Outbox")
    await blogs.publish("One", "Two")
    assert blogs.posts() == []
    await stage.restart()
    await blogs.poll()
    assert blogs.titles() == ["One", "Two"]


async def test_a_post_whose_answer_never_came_is_not_doubled_by_a_restart(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    stage.api.cut_after_accepting()
    blogs.blog.publish("One")
    await blogs.poll(16)
    await stage.restart()
    await blogs.poll(600)
    assert blogs.titles() == ["One"]
    assert len(stage.said(blogs.thread())) == 1


async def test_what_appeared_while_the_bot_was_away_goes_out(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await stage.restart(while_away=lambda: blogs.blog.publish("One", "Two"))
    await stage.pass_time(720)
    assert blogs.titles() == ["One", "Two"]


async def test_a_post_with_a_date_ahead_appears_when_it_comes(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish("Tomorrow", at=stage.now() + timedelta(days=1))
    await blogs.skip(DAY - 300)
    assert blogs.posts() == []
    await stage.pass_time(600)
    assert blogs.titles() == ["Tomorrow"]


async def test_a_blog_channel_that_was_deleted_is_told_and_another_one_goes_on(stage: Stage, blogs: Blogs) -> None:
    feed = await blogs.follow()
    other = stage.guild.create_text_channel("reading")
    await stage.delete_channel(blogs.channel)
    await blogs.publish("One")
    notice = stage.said(stage.hosts)[-1]
    assert "a blog post" in notice
    assert "`/blog edit`" in notice
    await blogs.edit(feed, channel=other)
    await stage.moment()
    await blogs.publish("Two")
    assert blogs.titles(other) == ["One", "Two"], "what could not go out is not lost"


# ------------------------------------------------------------- follow


def follow_buttons(message: discord.Message) -> list[str | None]:
    return [button.label for row in message.components for button in row.children]  # type: ignore[union-attr]


@pytest.fixture
async def readers(stage: Stage, blogs: Blogs) -> simcord.RoleHandle:
    """A post stands that readers can follow."""
    readers = stage.guild.create_role("Readers", mentionable=True)
    await stage.env.settle()
    await blogs.follow(role=readers)
    await blogs.publish("On rivers")
    return readers


async def press(member: simcord.MemberActor, message: discord.Message) -> str:
    result = await member.click(message, label="Follow")
    answer = result.followups[-1] if result.followups else result.response
    assert answer is not None
    assert answer.ephemeral
    return answer.content


async def test_follow_gives_the_role_and_takes_it_back_also_after_a_restart(
    stage: Stage, blogs: Blogs, readers: simcord.RoleHandle
) -> None:
    kofi = await stage.join("kofi")
    roles = stage.env.backend.get_member(stage.guild.id, kofi.id).role_ids
    assert "You follow **Out of the Bubble** now" in await press(kofi, blogs.posts()[0])
    assert readers.id in roles
    await stage.restart()
    assert "do not follow **Out of the Bubble** any more" in await press(kofi, blogs.posts()[0])
    assert readers.id not in roles


async def test_without_a_role_there_is_nothing_to_follow(blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish("On rivers")
    assert follow_buttons(blogs.posts()[0]) == []


async def test_a_host_can_leave_the_button_out(stage: Stage, blogs: Blogs, readers: simcord.RoleHandle) -> None:
    [feed] = await stage.bot.services.feeds.list_feeds(stage.guild.id)
    await blogs.edit(feed, follow_button=False)
    await blogs.publish("On lakes")
    assert follow_buttons(blogs.posts()[0]) == ["Follow"]
    assert follow_buttons(blogs.posts()[1]) == []
    assert "has no role to follow it with any more" in await press(stage.carol, blogs.posts()[0])


async def test_a_role_the_bot_cannot_give_is_explained(stage: Stage, blogs: Blogs, readers: simcord.RoleHandle) -> None:
    await stage.put_bot_below(readers)
    kofi = await stage.join("kofi")
    assert f"my role has to stand above {readers.mention}" in await press(kofi, blogs.posts()[0])
