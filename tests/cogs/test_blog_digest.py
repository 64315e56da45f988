"""Digests, forums, corrections and members' own blogs, as members meet them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import simcord

from tests.cogs.blog_stage import DAY, Blogs, item, open_blog_stage, open_blogs, open_web  # noqa: F401
from tests.cogs.test_blog_posts import assert_within_limits
from tests.simkit import Stage
from tests.simthreads import set_tags

HOUR = 3600.0
NEW_YORK = ZoneInfo("America/New_York")


# ------------------------------------------------------------- the digest


async def test_a_daily_digest_collects_posts_until_the_chosen_hour(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(digest="daily", hour=9)
    await blogs.publish("One")
    await blogs.publish("Two")
    await blogs.publish("Three")
    today = stage.now().replace(hour=9, minute=0, second=0, microsecond=0)
    await blogs.skip_until(today - timedelta(minutes=5))
    assert blogs.posts() == []
    await blogs.skip_until(today)
    [digest] = blogs.posts()
    [card] = digest.embeds
    assert card.title == "3 new posts"
    links = [f"**[{name}](http://blog.example/feed/{name.lower()})**" for name in ("One", "Two", "Three")]
    assert (card.description or "").split("\n\n") == links
    assert card.footer.text == "Out of the Bubble"
    assert blogs.thread().name == "Out of the Bubble: 3 new posts"
    assert stage.said(blogs.thread()) == ["What does this bring up for you?"]
    await blogs.skip_until(today + timedelta(days=1))
    assert len(blogs.posts()) == 1, "without new posts there is no digest"


async def test_a_digest_of_one_post_says_so(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(digest="daily", hour=1)
    await blogs.publish("One")
    await blogs.skip(2 * HOUR)
    assert blogs.titles() == ["A new post"]
    assert blogs.thread().name == "Out of the Bubble: a new post"


@pytest.mark.parametrize("length", [12, 40, 250])
async def test_a_digest_of_many_posts_shows_what_fits_and_says_how_many_more(
    stage: Stage, blogs: Blogs, length: int
) -> None:
    await blogs.follow(digest="daily", hour=1)
    count = 200 if length == 12 else 60
    blogs.serve(*(item(f"{number:03}{'x' * length}", guid=f"g{number}") for number in range(count, 0, -1)))
    await blogs.poll()
    await blogs.skip(2 * HOUR)
    [digest] = blogs.posts()
    text = digest.embeds[0].description or ""
    assert digest.embeds[0].title == f"{count} new posts"
    assert 2500 < len(text) <= 4096
    assert_within_limits(blogs.requests("POST", f"/channels/{blogs.channel.id}/messages")[-1].json)
    shown = text.count("**") // 2
    assert (f"and {count - shown} more on the blog" in text) is (shown < count)
    assert "001x" in text


async def test_an_endless_address_does_not_hide_the_other_posts_of_a_digest(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(digest="daily", hour=1)
    far = f"http://blog.example/{'x' * 1900}"
    blogs.serve(*(item(f"Post {number}", guid=f"{number}", link=f"{far}{number}") for number in range(5, 0, -1)))
    await blogs.poll()
    await blogs.skip(2 * HOUR)
    text = blogs.posts()[0].embeds[0].description or ""
    assert all(f"Post {number}" in text for number in range(1, 6))
    assert len(text) <= 4096


async def test_a_weekly_digest_comes_on_its_day(stage: Stage, blogs: Blogs) -> None:
    feed = await blogs.follow()
    friday = 4
    said = await blogs.edit(feed, digest="weekly", hour=18, weekday=friday)
    assert "together every Friday at 18:00, by the clock of UTC" in said
    await blogs.publish("One")
    day = stage.now().replace(hour=18, minute=0, second=0, microsecond=0)
    day += timedelta(days=(friday - day.weekday()) % 7)
    await blogs.skip_until(day - timedelta(minutes=5))
    assert blogs.posts() == []
    await blogs.skip_until(day)
    assert blogs.titles() == ["A new post"]


@pytest.mark.parametrize("month", [3, 10])
async def test_the_hour_of_a_digest_stays_the_same_when_the_clocks_change(
    stage: Stage, blogs: Blogs, month: int
) -> None:
    change = {3: datetime(2026, 3, 8, 9, tzinfo=NEW_YORK), 10: datetime(2026, 11, 1, 9, tzinfo=NEW_YORK)}[month]
    before = change - timedelta(days=1)
    await stage.bot.services.communities.set_time_zone(stage.guild.id, "America/New_York")
    await blogs.follow(digest="daily", hour=9)
    await blogs.skip_until((before - timedelta(hours=1)).astimezone(UTC))
    for title, nine in (("Before", before), ("After", change)):
        await blogs.publish(title)
        await blogs.skip_until((nine - timedelta(minutes=5)).astimezone(UTC))
        assert title not in str([message.embeds[0].description for message in blogs.posts()])
        await blogs.skip_until(nine.astimezone(UTC))
        assert title in str(blogs.posts()[-1].embeds[0].description)
    assert before.utcoffset() != change.utcoffset()


async def test_a_digest_is_drawn_anew_when_a_title_changes(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow(digest="daily", hour=1)
    blogs.serve(item("Second", guid="2"), item("Frist", guid="1"))
    await blogs.poll()
    await blogs.skip(2 * HOUR)
    blogs.serve(item("Second", guid="2"), item("First", guid="1"))
    await blogs.poll()
    assert (blogs.posts()[0].embeds[0].description or "").split("\n\n") == ["**First**", "**Second**"]


async def test_a_digest_mentions_the_role_once(stage: Stage, blogs: Blogs) -> None:
    readers = stage.guild.create_role("Readers", mentionable=True)
    await blogs.follow(role=readers, digest="daily", hour=1)
    await blogs.publish("@everyone", "Two")
    await blogs.skip(2 * HOUR)
    [sent] = blogs.requests("POST", f"/channels/{blogs.channel.id}/messages")
    assert sent.json["content"] == readers.mention
    assert sent.json["allowed_mentions"] == {"parse": [], "roles": [readers.id]}
    assert "[@everyone]" not in sent.json["embeds"][0]["description"]


# ------------------------------------------------------------- forums


async def test_in_a_forum_a_post_is_a_forum_post_with_a_tag_and_the_question_inside(stage: Stage, blogs: Blogs) -> None:
    forum = stage.guild.create_forum_channel("reading")
    await stage.env.settle()
    ada = await stage.join("ada")
    await blogs.follow(channel=forum, author=ada)
    await blogs.publish("On rivers", "On lakes")
    stored = stage.env.backend.get_channel(forum.id)
    [tag] = stored.available_tags
    assert tag["name"] == "Out of the Bubble"
    assert {thread.name for thread in forum.threads} == {"On rivers", "On lakes"}
    for thread in forum.threads:
        [card, question] = blogs.posts(thread)
        assert (card.embeds[0].title, question.content) == (thread.name, "What does this bring up for you?")
        assert thread._channel.applied_tags == [int(tag["id"])]
    assert blogs.requests("POST", f"/messages/{forum.threads[0].id}/threads") == [], "it is a thread already"
    await (await stage.join("kofi")).send(forum.threads[0], "They bend!")
    await stage.moment(5)
    assert ada.mention in stage.said(forum.threads[0])[-1]


async def test_each_feed_has_a_tag_of_its_own(stage: Stage, blogs: Blogs) -> None:
    from tests.feeds.blogs import Blog

    forum = stage.guild.create_forum_channel("reading")
    await set_tags(stage.env, forum, "Other")
    other = Blog(blogs.web, "/other", "A blog with a name that is longer than a tag may be")
    other.publish("Hello")
    await blogs.follow(channel=forum)
    await blogs.follow(other, channel=forum)
    other.publish("On lakes")
    await blogs.publish("On rivers")
    tags = [tag["name"] for tag in stage.env.backend.get_channel(forum.id).available_tags]
    assert sorted(tags) == ["A blog with a name t", "Other", "Out of the Bubble"]


# ------------------------------------------------------------- corrections


async def test_a_changed_title_or_summary_edits_the_message_once_an_hour_at_most(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    blogs.serve(item("On rviers", guid="1", html="Tehy bend."))
    await blogs.poll()
    blogs.serve(item("On rivers", guid="1", html="Tehy bend."))
    await blogs.poll()
    assert blogs.titles() == ["On rivers"]
    blogs.serve(item("On rivers", guid="1", html="They bend."))
    await blogs.poll()
    assert blogs.posts()[0].embeds[0].description == "Tehy bend.", "it was edited just now"
    await stage.pass_time(HOUR)
    assert blogs.posts()[0].embeds[0].description == "They bend."
    assert len(blogs.posts()) == 1


async def test_after_a_day_a_message_stays_as_it_is(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    blogs.serve(item("On rviers", guid="1"))
    await blogs.poll()
    await blogs.skip(DAY)
    blogs.serve(item("On rivers", guid="1"))
    await blogs.poll()
    await blogs.skip(2 * HOUR)
    assert blogs.titles() == ["On rviers"]


async def test_what_vanishes_from_the_feed_is_left_alone_and_not_posted_again(stage: Stage, blogs: Blogs) -> None:
    await blogs.follow()
    await blogs.publish("One", "Two")
    blogs.blog.show(blogs.blog.posts[:1])
    await blogs.poll()
    assert blogs.titles() == ["One", "Two"]
    blogs.blog.show()
    await blogs.poll()
    assert blogs.titles() == ["One", "Two"]


# ------------------------------------------------------------- members' own blogs


@pytest.fixture
async def maya(stage: Stage, blogs: Blogs) -> simcord.MemberActor:
    """Maya's own blog is shown here."""
    maya = await stage.join("maya")
    await maya.slash(stage.welcome, "blog share", url=blogs.blog.url)
    await stage.moment()
    await stage.carol.click(stage.hosts.history()[-1], label="Approve")
    return maya


async def test_a_members_posts_appear_one_a_day_with_their_name_and_without_a_ping(
    stage: Stage, blogs: Blogs, maya: simcord.MemberActor
) -> None:
    place = stage.introductions
    await blogs.publish("One", "Two")
    assert blogs.titles(place) == ["One"]
    assert maya.mention in (blogs.posts(place)[0].embeds[0].description or "")
    sent = blogs.requests("POST", f"/channels/{place.id}/messages")[-1]
    assert sent.json["allowed_mentions"] == {"parse": []}
    await blogs.skip(DAY - HOUR)
    assert blogs.titles(place) == ["One"]
    await blogs.skip(2 * HOUR)
    assert blogs.titles(place) == ["One", "Two"]


async def test_a_members_posts_are_one_a_day_also_after_days_without_the_bot(
    stage: Stage, blogs: Blogs, maya: simcord.MemberActor
) -> None:
    place = stage.introductions
    await blogs.publish("One", "Two", "Three", "Four")
    await blogs.skip(3.5 * DAY)
    assert blogs.titles(place) == ["One", "Two"]
    await blogs.skip(DAY + HOUR)
    assert blogs.titles(place) == ["One", "Two", "Three"]
    await blogs.skip(DAY + HOUR)
    assert blogs.titles(place) == ["One", "Two", "Three", "Four"]


async def test_in_an_announcement_channel_a_post_goes_to_its_followers_too(stage: Stage, blogs: Blogs) -> None:
    news = stage.guild.create_news_channel("news")
    await stage.env.settle()
    await blogs.follow(channel=news)
    await blogs.publish("One")
    await stage.moment(10)
    [post] = blogs.posts(news)
    assert blogs.requests("POST", f"/channels/{news.id}/messages/{post.id}/crosspost")
    stored = stage.env.backend.messages[news.id][post.id]
    assert stored.flags & stage.env.backend.CROSSPOSTED_FLAG
