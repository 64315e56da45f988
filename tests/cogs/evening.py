"""A whole session with a crowd, and what must be read of it in the end, told by what people did alone."""

import random
from typing import Any

import discord
import simcord

from bot.sessions.question_rules import Asker
from bot.sessions.rules import Session
from tests.cogs.asked import Asked
from tests.cogs.leading import Talk, answer
from tests.cogs.sessioning import cards, known, shown, thread_of
from tests.cogs.test_session_questions import ask, labels
from tests.simkit import Stage


class Evening:
    """The session, its people, and the truth about it."""

    def __init__(self, talk: Talk, hosts: list[simcord.MemberActor], people: list[simcord.MemberActor]) -> None:
        self.talk, self.stage, self.hosts, self.people = talk, talk.stage, hosts, people
        self.chance = random.Random(6)
        self.asked: list[Asked] = []
        self.taken: list[Asked] = []
        self.there: set[int] = set()
        #: Who did something while it was open.
        self.active: set[int] = set()
        self.is_open = False

    @property
    def now(self) -> Asked | None:
        return next((one for one in self.asked if one.standing == "now"), None)

    @property
    def following(self) -> Asked:
        """What hosts are to be offered next: most votes, of equals the oldest."""
        return min((one for one in self.asked if one.standing == "open"), key=lambda one: (-len(one.voters), one.id))

    @property
    def votes(self) -> int:
        return sum(len(one.voters) for one in self.asked)

    async def session(self) -> Session:
        return await known(self.stage, await self.talk.session())

    def _acted(self, member: simcord.MemberActor) -> None:
        if self.is_open:
            self.active.add(member.id)

    # ------------------------------------------------------------- members

    async def ask(self, member: simcord.MemberActor, *, anonymous: bool, by_hand: bool) -> None:
        """Somebody asks, with the command and the form where `by_hand`."""
        one = Asked(len(self.asked), member, anonymous)
        session = await self.session()
        if by_hand:
            told = await ask(self.stage, session, member, one.text, anonymous=anonymous)
            if "Ask anyway" in labels(told):
                told = shown(await member.click(told, label="Ask anyway"))
            assert told.content.startswith("Your question for **Break Out, Live** is in"), told.content
            own = await self.stage.bot.services.questions.asked_by(self.stage.guild.id, session.id, member.id)
            one.id = next(question.id for question, _ in own if question.text == one.text)
        else:
            question, _ = await self.stage.bot.services.questions.ask(
                self.stage.guild.id, session.id, Asker(member.id), one.text, "", anonymous, self.stage.now()
            )
            one.id = question.id
        self.asked.append(one)
        self._acted(member)

    async def vote(self, times: int, *, by_hand: int) -> None:
        """So many votes of members for what waits, some with the button on the card."""
        possible = [
            (one, member)
            for one in self.asked
            for member in self.people
            if one.standing in ("open", "skipped", "later") and member is not one.asker and member.id not in one.voters
        ]
        for count, (one, member) in enumerate(self.chance.sample(possible, times)):
            if count < by_hand:
                told = shown(await member.click(self.card(one), custom_id=f"sessions:vote:{one.id}"))
                assert "it has" in told.content
            else:
                await self.stage.bot.services.questions.vote(
                    self.stage.guild.id, one.id, Asker(member.id), self.stage.now()
                )
            one.voters.add(member.id)
            self._acted(member)
        await self.stage.moment(10)

    async def come(self, *members: simcord.MemberActor) -> None:
        for member in members:
            await member.join_voice(self.talk.talks)
            self.there.add(member.id)

    # ------------------------------------------------------------- hosts

    async def press(self, label: str, by: simcord.MemberActor) -> None:
        """A host presses; what that means is written down here, too."""
        result = await self.talk.press(label, by)
        assert result.response is None or not result.response.ephemeral, answer(result)
        self.happened(label, by)
        await self.stage.pass_time(20)

    async def note(self, topic: str, by: simcord.MemberActor) -> None:
        """A host puts what is answered under a topic."""
        assert self.now is not None
        form = await by.click(self.talk.panel, label="Note")
        await by.submit_modal(form, {"note": "Remember the forum", "topic": topic})
        self.now.topic = topic
        await self.stage.moment(2)

    async def hand_over(self, by: simcord.MemberActor, to: simcord.MemberActor) -> None:
        """A host lets one of the others go on."""
        assert self.now is not None
        chosen = await by.click(self.talk.panel, label="Hand to co-host")
        assert chosen.response is not None
        await by.select(chosen.response, [str(to.id)])
        self.now.host = to
        await self.stage.moment(2)

    async def pick(self, one: Asked, by: simcord.MemberActor) -> None:
        """A host picks a question from the list on the panel, which nobody answers meanwhile."""
        picked = await self._picked(self.talk.panel, one, by)
        assert picked.response is not None
        await by.click(picked.response, label="Answer now")
        self.take(one, by)
        await self.stage.moment(2)

    async def _picked(self, message: Any, one: Asked, by: simcord.MemberActor) -> simcord.InteractionResult:
        parts = [part for row in message.components for part in row.children]
        for menu in (part for part in parts if isinstance(part, discord.SelectMenu)):
            values = [option.value for option in menu.options]
            if str(one.id) in values:
                return await by.select(message, [str(one.id)], custom_id=menu.custom_id)
        [more] = [value for value in values if value.startswith("more:")]
        further = await by.select(message, [more], custom_id=menu.custom_id)
        assert further.response is not None
        return await self._picked(further.response.message, one, by)

    def happened(self, label: str, by: simcord.MemberActor) -> None:
        """What a press did."""
        current = self.now
        match label:
            case "Answer now":
                self.take(self.following, by)
            case "Answered":
                self.finish()
            case "Next":
                following = self.following
                if current:
                    self.finish()
                self.take(following, by)
            case "Skip" | "Follow up later":
                one = current or self.following
                one.standing, one.host = ("skipped" if label == "Skip" else "later"), None
                one.put_off = one.line
            case _:
                raise AssertionError(label)

    def take(self, one: Asked, by: simcord.MemberActor) -> None:
        assert self.now is None
        one.standing, one.host, one.takings = "now", by, one.takings + 1
        self.taken.append(one)

    def finish(self) -> None:
        assert self.now is not None
        self.now.was_away = self.now.asker.id not in self.there
        self.now.standing = "answered"

    def panel_is_true(self) -> None:
        """The panel names what is answered, and what comes next."""
        if self.now is not None:
            assert self.talk.field("Now answering").startswith(f"{self.now.with_topic}\n{self.now.line}")
        assert self.talk.field("Next") == f"{self.following.with_topic}\n{self.following.line}"
        states = [one.standing for one in self.asked]
        told = self.talk.field("Questions").splitlines()
        assert told[:2] == [f"{states.count('open')} waiting", f"{states.count('answered')} answered"]

    # ------------------------------------------------------------- what must be read

    def thread(self, session: Session) -> simcord.ChannelHandle:
        return thread_of(self.stage, session)

    def _in_thread(self) -> list[discord.Message]:
        [thread] = [
            thread
            for channel in self.stage.channels.values()
            for thread in channel.threads
            if thread.name.startswith("Break Out")
        ]
        return cards(self.stage, thread)

    def card(self, one: Asked) -> discord.Message:
        """Its card in the thread, of which there is one."""
        [card] = [card for card in self._in_thread() if (card.embeds[0].description or "").startswith(f"{one.text}\n")]
        return card

    def standing_on_card(self, one: Asked, link: str) -> str:
        """The whole description its card must have."""
        by = f" by {one.host.mention}" if one.host else ""
        told = {
            "answered": f"\n✅ Answered{by}", "later": "\n⏳ Will be answered later", "written": f"\n✍️ {link}{by}",
        }.get("written" if one.answer else one.standing, "")  # fmt: skip
        return f"{one.text}\n{one.line}{told}"

    def in_order(self) -> list[tuple[str, list[Asked]]]:
        """What was answered under its topic, in the order it was taken the last time; what has none comes last."""
        last = {one.id: place for place, one in enumerate(self.taken)}
        done = sorted((one for one in self.asked if one.standing == "answered"), key=lambda one: last[one.id])
        topics = dict.fromkeys(one.topic for one in done if one.topic)
        return [(topic, [one for one in done if one.topic == topic]) for topic in [*topics, ""]]

    def recap(self, session: Session) -> str:
        """The whole recap."""
        done = [one for _, some in self.in_order() for one in some]
        left = sum(one.standing in ("open", "skipped", "later") for one in self.asked)
        hosts = [f"<@{host_id}>" for host_id in session.host_ids]
        pieces = [
            f"{len(done)} questions answered with {hosts[0]}, {hosts[1]} and {hosts[2]}, "
            f"{len(self.active | self.there)} members took part. {left} questions had no answer yet."
        ]
        number = 0
        where = f"https://discord.com/channels/{self.stage.guild.id}/{session.thread_id}"
        for topic, some in self.in_order():
            pieces.append(f"### {topic or 'More questions'}")
            for one in some:
                number += 1
                assert one.host is not None
                how = f" [in writing]({where}/{one.answer.id})" if one.answer else ""
                pieces.append(
                    f"**{number}.** [{one.text}]({where}/{self.card(one).id})\n"
                    f"asked by {one.by}, answered by {one.host.mention}{how}"
                )
        thanked = list(dict.fromkeys(one.asker.mention for one in done if not one.is_anonymous))
        pieces += ["### Thank you", f"For asking: {', '.join(thanked[:-1])} and {thanked[-1]}."]
        return "\n".join(pieces)

    def away(self) -> str:
        """Whom the recap calls."""
        done = [one for _, some in self.in_order() for one in some]
        return " ".join(dict.fromkeys(one.asker.mention for one in done if one.was_away and not one.is_anonymous))

    def told(self, session: Session) -> list[str]:
        """What the thread must say of each taking, in order; only the first calls the asker."""
        said: list[str] = []
        counted: dict[int, int] = {}
        for one in self.taken:
            counted[one.id] = counted.get(one.id, 0) + 1
            is_first, is_last = counted[one.id] == 1, counted[one.id] == one.takings
            calls = f"\n{one.asker.mention}" if is_first and not one.is_anonymous else ""
            if one.answer is not None:
                link = f"https://discord.com/channels/{self.stage.guild.id}/{session.thread_id}/{one.answer.id}"
                text = f"✍️ {one.with_topic}\n-# {one.line} · [answered in writing]({link}) by "
                text += one.host.mention if one.host else ""
            elif is_last and one.standing == "answered":
                assert one.host is not None
                text = f"✅ {one.with_topic}\n-# {one.line} · answered by {one.host.mention}"
            else:
                text = f"⏭️ {one.with_topic}\n-# {one.put_off} · put off for now"
            said.append(text + calls)
        return said


def recap_told(messages: list[discord.Message]) -> tuple[str, str]:
    """The recap in one text, and whom it calls; a heading that is repeated on the next page counts once."""
    pages = [one for one in messages if one.embeds and (one.embeds[0].title or "").startswith("Recap: ")]
    lines: list[str] = []
    heading = ""
    for page in pages:
        for line in (page.embeds[0].description or "").split("\n"):
            if not line or line == heading:
                continue
            heading = line if line.startswith("### ") else heading
            lines.append(line)
    calls = [page.content.removeprefix("Answered while you were away: ") for page in pages if page.content]
    return "\n".join(lines), " ".join(calls)


def everything_in(stage: Stage, channel: simcord.ChannelHandle) -> str:
    """Everything the bot ever wrote in a channel, also what it changed later."""
    calls = [call for call in stage.env.http_requests if call.method in ("POST", "PATCH")]
    return str([call.json for call in calls if f"/channels/{channel.id}/" in f"{call.path}/"])
