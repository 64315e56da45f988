"""Words, introductions and hellos on real databases."""

from datetime import datetime, timedelta

import pytest

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database
from bot.engagement.count_service import CountService
from bot.greeting.answer_service import AnswerService
from bot.greeting.errors import (
    IntroductionGoneError,
    InvalidBlogUrlError,
    NoIntroductionsChannelError,
    NoSuchTemplateError,
    OwnIntroductionError,
    TooManyTemplatesError,
    UnusableTemplateError,
)
from bot.greeting.rules import DEFAULT_TEMPLATES, Answers, GreetingSettings
from bot.greeting.service import HELLO, INTRODUCTION, GreetingService
from bot.members.service import MemberService
from bot.outbox.rules import Refused, Sent
from bot.outbox.service import OutboxService

GUILD, WELCOME, INTRODUCTIONS, MAYA, KOFI = 10, 20, 21, 30, 31
ANSWERS = Answers("A book", "Editing", "Titles", "example.com")


class Room:
    """The greeting with everything below it, on one database."""

    def __init__(self, database: Database) -> None:
        self.communities = CommunityService(database)
        self.outbox = OutboxService(database, self.communities)
        members = MemberService(database)
        counts = CountService(database, self.communities, members)
        self.answers = AnswerService(database, self.communities, members, self.outbox, counts)
        self.greeting = GreetingService(database, self.communities, self.outbox, self.answers)

    async def due(self, now: datetime) -> list[tuple[str, int]]:
        return [(post.kind, post.subject_id) for post in await self.outbox.list_due(now)]


@pytest.fixture
async def room(database: Database, now: datetime) -> Room:
    room = Room(database)
    await room.communities.arrive(GUILD, "Bubble", now)
    await room.communities.set_channel(GUILD, ChannelPurpose.GREETING, WELCOME)
    await room.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, INTRODUCTIONS)
    return room


async def test_up_to_ten_templates_are_kept(room: Room) -> None:
    await room.greeting.edit_template(GUILD, 1, "one")
    for number in range(len(DEFAULT_TEMPLATES) + 1, 11):
        await room.greeting.edit_template(GUILD, number, f"number {number}")
    with pytest.raises(TooManyTemplatesError):
        await room.greeting.edit_template(GUILD, 11, "one more")
    assert len((await room.greeting.settings(GUILD)).templates) == 10


async def test_what_one_guild_writes_is_its_own(room: Room) -> None:
    await room.greeting.edit_template(GUILD, 1, "Hi {name}")
    assert tuple((await room.greeting.settings(GUILD + 1)).templates) == DEFAULT_TEMPLATES


async def test_how_arrivals_are_greeted_is_changed_bit_by_bit(room: Room) -> None:
    await room.greeting.change_arrivals(GUILD, most_joins=3)
    settings = await room.greeting.change_arrivals(GUILD, together=timedelta(0), direct=True)
    assert (settings.most_joins, settings.together, settings.direct) == (3, timedelta(0), True)
    assert settings.welcome_back
    assert await room.greeting.settings(GUILD + 1) == GreetingSettings(GUILD + 1)


async def test_an_unusable_template_changes_nothing(room: Room) -> None:
    with pytest.raises(UnusableTemplateError) as refusal:
        await room.greeting.edit_template(GUILD, 1, "Hi {nmae}")
    assert "`{nmae}`" in refusal.value.message
    assert "`{name}`" in refusal.value.message
    with pytest.raises(UnusableTemplateError) as refusal:
        await room.greeting.edit_template(GUILD, 1, "x" * 2345)
    assert "2,345" in refusal.value.message
    with pytest.raises(NoSuchTemplateError):
        await room.greeting.edit_template(GUILD, 9, "far away")
    assert tuple((await room.greeting.settings(GUILD)).templates) == DEFAULT_TEMPLATES


async def test_removing_the_last_template_brings_the_usual_words_back(room: Room) -> None:
    for _ in DEFAULT_TEMPLATES:
        settings = await room.greeting.edit_template(GUILD, 1, " ")
    assert tuple(settings.templates) == DEFAULT_TEMPLATES


async def test_an_introduction_is_posted_once_and_then_followed(room: Room, now: datetime) -> None:
    assert await room.greeting.introduce(GUILD, MAYA, ANSWERS, now) is None
    [post] = await room.outbox.list_due(now)
    assert (post.kind, post.channel_id) == (INTRODUCTION, INTRODUCTIONS)
    await room.outbox.finish_attempt(post, Sent(99), now)
    card = await room.greeting.introduce(GUILD, MAYA, Answers("Another book", "x", "y"), now)
    assert card is not None
    assert card.message_id == 99
    assert await room.due(now) == []
    introduction = await room.greeting.introduction_of(GUILD, MAYA)
    assert introduction is not None
    assert introduction.working_on == "Another book"


async def test_a_card_that_could_not_be_posted_is_tried_again_with_the_next_edit(room: Room, now: datetime) -> None:
    await room.greeting.introduce(GUILD, MAYA, ANSWERS, now)
    [post] = await room.outbox.list_due(now)
    await room.outbox.finish_attempt(post, Refused("no"), now)
    await room.greeting.introduce(GUILD, MAYA, ANSWERS, now)
    assert await room.due(now) == [(INTRODUCTION, MAYA)]


async def test_a_deleted_card_is_posted_anew(room: Room, now: datetime) -> None:
    await room.greeting.introduce(GUILD, MAYA, ANSWERS, now)
    [post] = await room.outbox.list_due(now)
    await room.outbox.finish_attempt(post, Sent(99), now)
    await room.greeting.repost_card(GUILD, MAYA, now)
    assert await room.due(now) == [(INTRODUCTION, MAYA)]


async def test_a_bad_blog_address_keeps_nothing(room: Room, now: datetime) -> None:
    with pytest.raises(InvalidBlogUrlError):
        await room.greeting.introduce(GUILD, MAYA, Answers("a", "b", "c", "my blog"), now)
    assert await room.greeting.introduction_of(GUILD, MAYA) is None


async def test_without_a_channel_an_introduction_is_refused_and_not_kept(room: Room, now: datetime) -> None:
    await room.communities.set_channel(GUILD, ChannelPurpose.INTRODUCTIONS, None)
    with pytest.raises(NoIntroductionsChannelError):
        await room.greeting.introduce(GUILD, MAYA, ANSWERS, now)
    assert await room.greeting.introduction_of(GUILD, MAYA) is None


async def test_a_hello_counts_once_for_each_member(room: Room, now: datetime) -> None:
    await room.greeting.introduce(GUILD, MAYA, ANSWERS, now)
    await room.greeting.check_hello(GUILD, MAYA, KOFI)
    assert await room.greeting.say_hello(GUILD, MAYA, KOFI, thread_id=99, now=now)
    assert not await room.greeting.say_hello(GUILD, MAYA, KOFI, thread_id=99, now=now)
    [hello] = [post for post in await room.outbox.list_due(now) if post.kind == HELLO]
    told = await room.greeting.hello(GUILD, hello.subject_id)
    assert told is not None
    assert (told.member_id, told.greeter_id) == (MAYA, KOFI)
    assert await room.greeting.hello(GUILD + 1, hello.subject_id) is None


async def test_there_must_be_somebody_else_to_say_hi_to(room: Room) -> None:
    with pytest.raises(OwnIntroductionError):
        await room.greeting.check_hello(GUILD, MAYA, MAYA)
    with pytest.raises(IntroductionGoneError):
        await room.greeting.check_hello(GUILD, MAYA, KOFI)
