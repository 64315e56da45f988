"""What hosts hear about their blogs, and decide, as they meet it."""

import discord
import pytest
import simcord

from bot.communities.rules import ChannelPurpose
from bot.feeds.delivery_rules import Choice
from tests.cogs.blog_stage import DAY, Blogs, open_blog_stage, open_blogs, open_web  # noqa: F401
from tests.feeds.web import Reply
from tests.simkit import Stage

SIX = ("One", "Two", "Three", "Four", "Five", "Six")


def notice_of(stage: Stage, number: int = -1) -> discord.Message:
    """The last notice in the hosts' channel, or another one."""
    return stage.hosts.history()[number]


def labels(message: discord.Message) -> list[str | None]:
    return [button.label for row in message.components for button in row.children]  # type: ignore[union-attr]


async def press(member: simcord.MemberActor, message: discord.Message, label: str) -> str:
    """Press a button. What only the member reads, or what the message says now."""
    result = await member.click(message, label=label)
    answer = result.followups[-1] if result.followups else result.response
    return answer.content if answer is not None else ""


# ------------------------------------------------------------- many posts at once


async def test_up_to_five_posts_at_once_go_out_unasked(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*SIX[:5])
    assert blogs.titles() == list(SIX[:5])
    assert stage.said(stage.hosts) == []


async def test_more_than_five_posts_at_once_are_held_and_a_host_is_asked(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*SIX)
    await stage.pass_time(600)
    assert blogs.posts() == []
    [question] = stage.said(stage.hosts)
    assert question.startswith("**Out of the Bubble** has 6 new posts at once, so I wait for you. Shall I post them?")
    assert [line for line in question.splitlines() if line.startswith("- ")] == [f"- {title}" for title in SIX[::-1]]
    assert labels(notice_of(stage)) == ["Post all", "Newest only", "Mark as read"]
    assert f"6 posts wait for you to decide: I ask in {stage.hosts.mention}" in await blogs.listed()


@pytest.mark.parametrize(
    ("label", "posted", "said"),
    [
        ("Post all", list(SIX), "let all 6 go out, the oldest first."),
        ("Newest only", ["Six"], "let the newest go out and marked the others as read."),
        ("Mark as read", [], "marked them as read; nothing goes out."),
    ],
)
async def test_the_host_decides_also_after_a_restart(
    stage: Stage, blogs: Blogs, label: str, posted: list[str], said: str
) -> None:
    await blogs.follow()
    await blogs.publish(*SIX)
    await stage.restart()
    await press(stage.carol, notice_of(stage), label)
    await stage.moment(5)
    assert blogs.titles() == posted
    assert notice_of(stage).content == (f"Out of the Bubble had many new posts at once. {stage.carol.mention} {said}")
    assert labels(notice_of(stage)) == []
    await blogs.publish("Seven")
    assert blogs.titles() == [*posted, "Seven"]


async def test_who_is_no_host_decides_nothing(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*SIX)
    kofi = await stage.join("kofi")
    assert "Manage Server" in await press(kofi, notice_of(stage), "Post all")
    await stage.moment(5)
    assert blogs.posts() == []
    assert labels(notice_of(stage)) == ["Post all", "Newest only", "Mark as read"]


async def test_of_two_hosts_who_press_at_the_same_time_the_second_learns_that_it_is_decided(
    stage: Stage, blogs: Blogs
) -> None:
    feed = await blogs.follow()
    await blogs.publish(*SIX)
    await stage.bot.services.feed_posts.decide_held(feed, Choice.MARK_READ, stage.now())
    answer = await press(stage.carol, notice_of(stage), "Post all")
    assert answer == "This was decided already; nothing more is needed."
    await stage.moment(5)
    assert blogs.posts() == []


async def test_the_question_grows_with_what_comes_meanwhile(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*SIX)
    await blogs.publish("Seven", "Eight", "Nine", "Ten")
    [question] = stage.said(stage.hosts)
    assert "has 10 new posts at once" in question
    assert question.splitlines()[1:] == [
        "- Ten", "- Nine", "- Eight", "- Seven", "- Six", "- Five", "- Four", "- Three", "- and 2 earlier ones",
    ]  # fmt: skip
    await press(stage.carol, notice_of(stage), "Post all")
    await stage.moment(5)
    assert len(blogs.posts()) == 10


async def test_titles_in_the_question_are_harmless_and_fit(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*(f"{number} @everyone [free](https://evil.example) {'*' * 200}" for number in range(9)))
    [question] = stage.said(stage.hosts)
    assert len(question) <= 2000
    assert "@everyone" not in question
    assert "[free]" not in question.replace("\\[free", "")
    [sent] = blogs.requests("POST", f"/channels/{stage.hosts.id}/messages")
    assert sent.json["allowed_mentions"] == {"parse": []}


async def test_a_paused_blog_is_resumed_before_anything_is_decided(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish(*SIX)
    await stage.carol.slash(stage.hosts, "blog pause", blog="1")
    assert "6 posts wait until then" in await blogs.listed()
    assert "This blog is paused. `/blog resume`" in await press(stage.carol, notice_of(stage), "Post all")
    await stage.carol.slash(stage.hosts, "blog resume", blog="1")
    await stage.moment(5)
    assert len(stage.said(stage.hosts)) == 1
    await press(stage.carol, notice_of(stage), "Post all")
    await stage.moment(5)
    assert blogs.titles() == list(SIX)


async def test_without_a_channel_for_hosts_the_list_tells_what_to_do(stage: Stage, blogs: Blogs) -> None:
    communities = stage.bot.services.communities
    await communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, None)
    await blogs.follow()
    await blogs.publish(*SIX)
    listed = await blogs.listed()
    assert "6 posts wait for you to decide. Choose a channel for hosts in `/setup`; `/blog list` then asks there." in (
        listed
    )
    assert blogs.posts() == stage.hosts.history() == []
    await communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, stage.hosts.id)
    await blogs.listed()
    await blogs.listed()
    await stage.moment(5)
    assert len(stage.said(stage.hosts)) == 1
    await press(stage.carol, notice_of(stage), "Post all")
    await stage.moment(5)
    assert blogs.titles() == list(SIX)


# ------------------------------------------------------------- trouble


def break_down(blogs: Blogs, status: int = 500) -> None:
    blogs.web.pages[blogs.blog.path] = Reply(status=status)


async def test_trouble_is_told_once_with_its_reason_and_taken_back_when_it_is_over(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    break_down(blogs)
    await blogs.poll()
    await blogs.poll()
    assert stage.said(stage.hosts) == []
    for _ in range(3):
        await blogs.poll()
    await stage.restart()
    await blogs.poll()
    [notice] = stage.said(stage.hosts)
    assert notice.startswith(f"I have not been able to read **Out of the Bubble** (<{blogs.blog.url}>) since <t:")
    assert "I keep trying, and post what I missed as soon as it works again." in notice
    assert "⚠️ Cannot be read since" in await blogs.listed()
    await blogs.publish("One", "Two")
    assert stage.said(stage.hosts) == [
        "**Out of the Bubble** could not be read for a while, and can be read again. Nothing was lost."
    ]
    assert blogs.titles() == ["One", "Two"]
    assert "✅ Fine" in await blogs.listed()


async def test_another_time_of_trouble_is_told_anew(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    for _ in range(2):
        break_down(blogs)
        for _ in range(3):
            await blogs.poll()
        blogs.blog.show()
        await blogs.poll()
    assert len(stage.said(stage.hosts)) == 2


async def test_after_a_week_of_trouble_a_blog_is_stopped_and_the_way_back_works(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    break_down(blogs)
    for _ in range(3):
        await blogs.poll()
    await blogs.skip(7 * DAY)
    await blogs.poll()
    notice = stage.said(stage.hosts)[-1]
    assert notice.startswith("I could not read **Out of the Bubble** for a week, so I have stopped trying.")
    assert "`/blog resume` continues where it stopped" in notice
    assert "🛑 Stopped after a week of trouble." in await blogs.listed()
    asked = len(blogs.web.asked)
    await blogs.skip(2 * DAY)
    await stage.pass_time(60)
    assert len(blogs.web.asked) == asked, "it is not looked at any more"
    blogs.blog.publish("One")
    await stage.carol.slash(stage.hosts, "blog resume", blog="1")
    await blogs.poll()
    assert blogs.titles() == ["One"]
    assert len(stage.said(stage.hosts)) == 2


async def test_a_blog_that_is_gone_for_good_is_stopped_at_once(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    break_down(blogs, 410)
    await blogs.poll()
    assert stage.said(stage.hosts) == [
        "**Out of the Bubble** says that it is gone for good, so I have stopped looking. `/blog unfollow` removes it; "
        "should it come back, `/blog resume` continues."
    ]
    assert "🛑 The blog says that it is gone for good." in await blogs.listed()
    blogs.blog.publish("One")
    await stage.carol.slash(stage.hosts, "blog resume", blog="1")
    await blogs.poll()
    assert blogs.titles() == ["One"]


async def test_trouble_without_a_channel_for_hosts_stands_in_the_list(stage: Stage, blogs: Blogs) -> None:
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.HOSTS, None)
    await blogs.follow()
    break_down(blogs)
    for _ in range(4):
        await blogs.poll()
    assert "⚠️ Cannot be read since" in await blogs.listed()
    await blogs.publish("One")
    assert blogs.titles() == ["One"]
