"""What happens when hosts choose their words, and people introduce themselves and are answered."""

from collections.abc import Sequence
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
from bot.outbox.rules import NewPost, PostState
from bot.outbox.service import OutboxService

HELLO = "greeting:hello"


@dataclass(frozen=True, slots=True)
class Card:
    """Where an introduction's card stands."""

    channel_id: int
    message_id: int


class GreetingService:
    """The words of greetings, introductions, and the hellos under them."""

    def __init__(
        self, database: Database, communities: CommunityService, outbox: OutboxService, answers: AnswerService
    ) -> None:
        self._database = database
        self._communities = communities
        self._outbox = outbox
        self._answers = answers

    async def settings(self, guild_id: int) -> GreetingSettings:
        """How the guild greets."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_settings(guild_id)

    async def change_arrivals(self, guild_id: int, **changes: object) -> GreetingSettings:
        """Change how arrivals are greeted: any of `welcome_back`, `together`, `most_joins` and `direct`."""
        async with self._database.transaction() as tx:
            greetings = GreetingRepository(tx)
            await greetings.set_arrivals(replace(await greetings.get_settings(guild_id), **changes))
            return await greetings.get_settings(guild_id)

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

    async def introduction_of(self, guild_id: int, member_id: int) -> Introduction | None:
        """What a member told about themselves."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_introduction(guild_id, member_id)

    async def introduced_in(self, tx: Transaction, guild_id: int, member_ids: Sequence[int]) -> set[int]:
        """Those of some hundred members who have introduced themselves."""
        return await GreetingRepository(tx).list_introduced(guild_id, member_ids)

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
            key = _hello_key(member_id, greeter_id)
            return await self._outbox.post(tx, NewPost(guild_id, thread_id, HELLO, hello_id, key, due_at=now))

    async def hello(self, guild_id: int, hello_id: int) -> Hello | None:
        """One member's hello to another."""
        async with self._database.transaction() as tx:
            return await GreetingRepository(tx).get_hello(guild_id, hello_id)

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is kept about a member here: what they told, and how many said hi."""
        greetings = GreetingRepository(tx)
        introduction = await greetings.get_introduction(guild_id, member_id)
        hellos = await greetings.list_hellos_of(guild_id, member_id)
        told: dict[str, object] = {}
        if introduction is not None:
            told = {
                "working on": introduction.working_on, "would like to learn": introduction.learning,
                "can help with": introduction.helping_with, "blog": introduction.blog_url,
                "heard of us from": introduction.invited_by and f"member {introduction.invited_by}",
            }  # fmt: skip
        told["said hi to"] = sum(hello.greeter_id == member_id for hello in hellos)
        told["greeted by"] = sum(hello.member_id == member_id for hello in hellos)
        return {name: value for name, value in told.items() if value}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who introduced themselves, answered, said or heard a hello, or told others of us."""
        return await GreetingRepository(tx).list_introducing(guild_id, after, most)

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Take down what a member told and the hellos from and to them; others' cards name them no longer."""
        greetings = GreetingRepository(tx)
        if introduction := await greetings.get_introduction(guild_id, member_id):
            for revision in range(1, introduction.revision + 1):
                await self._outbox.remove(tx, guild_id, _card_key(replace(introduction, revision=revision)), now)
        for hello in await greetings.list_hellos_of(guild_id, member_id):
            await self._outbox.remove(tx, guild_id, _hello_key(hello.member_id, hello.greeter_id), now)
        await greetings.delete_introductions(guild_id, member_id)
        for named in await greetings.remove_inviter(guild_id, member_id):
            await self._outbox.revise(tx, guild_id, _card_key(named), now)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await GreetingRepository(tx).delete_introductions(guild_id)


def _hello_key(member_id: int, greeter_id: int) -> str:
    return f"hello:{member_id}:{greeter_id}"


def _card_key(introduction: Introduction) -> str:
    return f"introduction:{introduction.member_id}:{introduction.revision}"
