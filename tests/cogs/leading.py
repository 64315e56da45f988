"""An open session on simulated Discord, and what hosts do with its panel."""

from datetime import timedelta

import discord
import simcord

from bot.local_time import LocalTime
from bot.sessions.question_repository import QuestionRepository
from bot.sessions.rules import Place, PlaceKind, Question, Session
from tests.cogs.sessioning import known, thread_of
from tests.simkit import Stage, texts

TITLE = "Break Out of Your Bubble"
MINUTE = 60.0


class Talk:
    """A session on a stage channel with Carol and Walter as hosts, which starts in half an hour."""

    def __init__(self, stage: Stage, talks: simcord.ChannelHandle, walter: simcord.MemberActor) -> None:
        self.stage, self.talks, self.walter = stage, talks, walter
        self.session_id = 0

    @classmethod
    async def plan(cls, stage: Stage, *, kind: PlaceKind = PlaceKind.STAGE) -> "Talk":
        talks = stage.guild.create_stage_channel("talks")
        walter = await stage.join("walter")
        talk = cls(stage, talks, walter)
        starts = (stage.now() + timedelta(minutes=30)).replace(tzinfo=None, microsecond=0)
        place = Place(kind, talks.id) if kind is PlaceKind.STAGE else Place(kind, link="https://meet.example/bubble")
        draft = Session(
            0, stage.guild.id, TITLE, "", LocalTime(starts, "UTC"), timedelta(hours=1), place,
            (stage.carol.id, walter.id),
        )  # fmt: skip
        session = await stage.bot.services.sessions.create(draft, stage.now())
        talk.session_id = session.id
        await stage.moment(5)
        return talk

    async def session(self) -> Session:
        return await self.stage.bot.services.sessions.get(self.stage.guild.id, self.session_id)

    async def ask(self, asker: simcord.MemberActor, text: str, *, votes: int = 0, anonymous: bool = False) -> int:
        """A question as it stands in the database; its id."""
        async with self.stage.bot.services.database.transaction() as tx:
            questions = QuestionRepository(tx)
            new = Question(
                0, self.stage.guild.id, self.session_id, asker.id, text, self.stage.now(), is_anonymous=anonymous
            )
            question_id = await questions.add_question(new)
            for voter in range(votes):
                await questions.add_vote(self.stage.guild.id, question_id, 1000 + voter)
        return question_id

    async def question(self, question_id: int) -> Question:
        async with self.stage.bot.services.database.transaction() as tx:
            found = await QuestionRepository(tx).get_question(self.stage.guild.id, question_id)
        assert found is not None
        return found

    async def open(self) -> None:
        result = await self.stage.carol.slash(self.stage.hosts, "session open", session=str(self.session_id))
        assert "is open" in answer(result)
        await self.stage.moment(2)

    async def close(self) -> None:
        result = await self.press("Close")
        assert result.response is not None
        await self.stage.carol.click(result.response, label="Close the session")
        await self.stage.moment(10)

    def panels(self) -> list[discord.Message]:
        """The panels in the hosts' channel that can be pressed."""
        return [message for message in self.stage.hosts.history() if "+10 min" in texts(message)]

    @property
    def panel(self) -> discord.Message:
        [found] = self.panels()
        return found

    def field(self, name: str) -> str:
        return next((field.value or "" for field in self.panel.embeds[0].fields if field.name == name), "")

    async def press(self, label: str, by: simcord.MemberActor | None = None) -> simcord.InteractionResult:
        """A host presses a button on the panel, which is drawn anew."""
        result = await (by or self.stage.carol).click(self.panel, label=label)
        await self.stage.moment(2)
        return result

    async def thread(self) -> simcord.ChannelHandle:
        return thread_of(self.stage, await known(self.stage, await self.session()))

    async def said(self) -> list[discord.Message]:
        """What the bot wrote in the thread."""
        thread = await self.thread()
        return [message for message in thread.history() if message.author.id == self.stage.bot.user.id]  # type: ignore[union-attr]

    def pinged(self, channel_id: int) -> list[list[str]]:
        """Whom each message that was sent to a channel pings by name, the first first."""
        calls = [call for call in self.stage.env.http_requests if call.method == "POST"]
        sent = [call for call in calls if call.path.rstrip("/").endswith(f"channels/{channel_id}/messages")]
        return [
            list(map(str, users))
            for call in sent
            if (users := (call.json or {}).get("allowed_mentions", {}).get("users"))
        ]


def answer(result: simcord.InteractionResult) -> str:
    """What a person reads in answer."""
    message = result.followups[-1] if result.followups else result.response
    assert message is not None, "there was no answer"
    return texts(message.message) if hasattr(message, "message") else message.content
