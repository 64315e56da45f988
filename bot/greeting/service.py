"""What happens when people arrive, introduce themselves and are answered."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.communities.rules import ChannelPurpose
from bot.communities.service import CommunityService
from bot.db import Database, Transaction
from bot.greeting import rules
from bot.greeting.answer_service import INTRODUCTION, AnswerService
from bot.greeting.errors import (
    IntroductionGoneError,
    InvalidBlogUrlError,
    NoIntroductionsChannelError,
    NoSuchTemplateError,
    OwnIntroductionError,
    TooManyTemplatesError,
    UnusableTemplateError,
)
from bot.greeting.repository import GreetingRepository
from bot.greeting.rules import Answers, GreetingSettings, Hello, Introduction
from bot.members.service import MemberService
from bot.outbox.rules import NewPost, PostState
from bot.outbox.service import OutboxService

GREETING = "greeting:welcome"
HELLO = "greeting:hello"


@dataclass(frozen=True, slots=True)
class Card:
    """Where an introduction's card stands."""

    channel_id: int
    message_id: int


class GreetingService:
    """Greetings, introductions and the hellos under them."""

    def __init__(
        self,
        database: Database,
        communities: CommunityService,
        members: MemberService,
        outbox: OutboxService,
        answers: AnswerService,
    ) -> None:
        self._database = database
        self._communities = communities
        self._members = members
        self._outbox = outbox
        self._answers = answers

    async def welcome(
        self, guild_id: int, member_id: int, *, joined_at: datetime, pending: bool, now: datetime
    ) -> bool:
        """A member joined; greet them unless they have rules to accept first. True if a greeting was decided."""
        async with self._database.transaction() as tx:
            arrived = await self._members.join(tx, guild_id, member_id, joined_at=joined_at, pending=pending, now=now)
            return arrived and await self._greet(tx, guild_id, member_id, now)

    async def pass_screening(self, guild_id: int, member_id: int, now: datetime) -> bool:
        """A member accepted the rules; greet them if they were awaited. True if a greeting was decided."""
        async with self._database.transaction() as tx:
            passed = await self._members.pass_screening(tx, guild_id, member_id, now)
            return passed and await self._greet(tx, guild_id, member_id, now)

    async def _greet(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> bool:
        greetings = GreetingRepository(tx)
        settings = await greetings.get_settings(guild_id)
        community = await self._communities.get_in(tx, guild_id)
        channel_id = community.channels.get(ChannelPurpose.GREETING)
        if settings.paused or channel_id is None or not await self._members.greet(tx, guild_id, member_id, now):
            return False
        await greetings.add_greeting(guild_id, member_id, rules.choose_template(settings))
        key = await self._greeting_key(tx, guild_id, member_id)
        return await self._outbox.post(tx, NewPost(guild_id, channel_id, GREETING, member_id, key, due_at=now))

    async def farewell(self, guild_id: int, member_id: int, now: datetime) -> None:
        """A member left; a greeting that has not gone out yet stays unsent."""
        async with self._database.transaction() as tx:
            if not await self._members.leave(tx, guild_id, member_id, now):
                return
            if await self._outbox.cancel(tx, guild_id, await self._greeting_key(tx, guild_id, member_id), now):
                await self._members.take_greeting_back(tx, guild_id, member_id)

    async def _greeting_key(self, tx: Transaction, guild_id: int, member_id: int) -> str:
        """The key of the greeting of this stay: somebody who comes back has another one."""
        member = await self._members.get_in(tx, guild_id, member_id)
        assert member is not None, "a greeting follows a join"
        return f"greeting:{member_id}:{member.joined_at:%Y%m%d%H%M%S%f}"

    async def settings(self, guild_id: int) -> GreetingSettings:
        """How the guild greets."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_settings(guild_id)

    async def set_paused(self, guild_id: int, paused: bool) -> None:
        """Stop greeting newcomers, or start again."""
        async with self._database.transaction() as tx:
            await GreetingRepository(tx).set_paused(guild_id, paused)

    async def edit_template(self, guild_id: int, number: int, text: str) -> GreetingSettings:
        """Change the greeting with that number (from 1); one past the last adds it, no text removes it.

        Raises UnusableTemplateError, TooManyTemplatesError, NoSuchTemplateError.
        """
        text = text.strip()
        if fault := rules.fault_in(text):
            raise UnusableTemplateError(fault)
        async with self._database.transaction() as tx:
            greetings = GreetingRepository(tx)
            count = len((before := await greetings.get_settings(guild_id)).templates)
            if number > rules.MOST_TEMPLATES:
                raise TooManyTemplatesError
            if not 1 <= number <= count + 1:
                raise NoSuchTemplateError(count)
            await greetings.set_templates(guild_id, rules.change_template(before.templates, number, text))
            return await greetings.get_settings(guild_id)

    async def greeting_of(self, guild_id: int, member_id: int) -> str | None:
        """The words chosen for a newcomer, with their placeholders."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_greeting(guild_id, member_id)

    async def introduction_of(self, guild_id: int, member_id: int) -> Introduction | None:
        """What a member told about themselves."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_introduction(guild_id, member_id)

    async def introduce(self, guild_id: int, member_id: int, answers: Answers, now: datetime) -> Card | None:
        """Keep an introduction and decide to post its card. The card, where one stands already and must follow.

        Raises InvalidBlogUrlError, NoIntroductionsChannelError.
        """
        blog_url = rules.tidy_url(answers.blog) if answers.blog.strip() else None
        if answers.blog.strip() and blog_url is None:
            raise InvalidBlogUrlError(answers.blog.strip())
        async with self._database.transaction() as tx:
            greetings = GreetingRepository(tx)
            known = await greetings.get_introduction(guild_id, member_id)
            introduction = rules.introduction_from(answers, guild_id, member_id, blog_url, known)
            post = await self._outbox.find_in(tx, guild_id, _card_key(introduction))
            if post is not None and post.state not in (PostState.SENT, PostState.WAITING):
                # The card never came to stand: what kept it away may have been mended, so it gets another chance.
                introduction = replace(introduction, revision=introduction.revision + 1)
            await greetings.set_introduction(introduction, now)
            await self._post_card(tx, introduction, now)
            if known is None:
                await self._answers.expect(tx, guild_id, member_id, now)
        return Card(post.channel_id, post.message_id) if post and post.message_id else None

    async def repost_card(self, guild_id: int, member_id: int, now: datetime) -> None:
        """The card is gone from its channel: decide to post it anew."""
        async with self._database.transaction() as tx:
            greetings = GreetingRepository(tx)
            known = await greetings.get_introduction(guild_id, member_id)
            if known is None:
                return
            renewed = replace(known, revision=known.revision + 1)
            await greetings.set_revision(guild_id, member_id, renewed.revision)
            await self._post_card(tx, renewed, now)

    async def _post_card(self, tx: Transaction, introduction: Introduction, now: datetime) -> bool:
        community = await self._communities.get_in(tx, introduction.guild_id)
        channel_id = community.channels.get(ChannelPurpose.INTRODUCTIONS)
        if channel_id is None:
            raise NoIntroductionsChannelError
        key = _card_key(introduction)
        post = NewPost(introduction.guild_id, channel_id, INTRODUCTION, introduction.member_id, key, due_at=now)
        return await self._outbox.post(tx, post)

    async def check_hello(self, guild_id: int, member_id: int, greeter_id: int) -> None:
        """Raise OwnIntroductionError or IntroductionGoneError where there is nobody to say hi to."""
        if member_id == greeter_id:
            raise OwnIntroductionError
        if await self.introduction_of(guild_id, member_id) is None:
            raise IntroductionGoneError

    async def say_hello(self, guild_id: int, member_id: int, greeter_id: int, *, thread_id: int, now: datetime) -> bool:
        """A member says hi under another one's card. True the first time, which is told in the card's thread."""
        async with self._database.transaction() as tx:
            await self._answers.answer_in(tx, guild_id, member_id, greeter_id, now)
            hello_id = await GreetingRepository(tx).add_hello(guild_id, member_id, greeter_id, now)
            if hello_id is None:
                return False
            key = f"hello:{member_id}:{greeter_id}"
            return await self._outbox.post(tx, NewPost(guild_id, thread_id, HELLO, hello_id, key, due_at=now))

    async def hello(self, guild_id: int, hello_id: int) -> Hello | None:
        """One member's hello to another."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_hello(guild_id, hello_id)


def _card_key(introduction: Introduction) -> str:
    return f"introduction:{introduction.member_id}:{introduction.revision}"
