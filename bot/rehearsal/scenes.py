"""What a person at the page can make happen. Each scene returns a sentence about what they should know, or nothing."""

import unicodedata
from datetime import timedelta

from simcord import ChannelHandle

from bot.errors import UserFacingError
from bot.rehearsal import simulation
from bot.rehearsal.stage import Stage
from bot.rehearsal.tour import Eyes, Place
from bot.rehearsal.world import Person

LONGEST_NAME = 32
JUMPS = {10: "ten minutes", 60: "an hour", 1440: "a day"}
#: Long enough for a greeting: whoever joins within ten seconds shares one.
_A_MOMENT = 12.0
_MOST_NEWCOMERS = 100
#: The bot looks at a blog every five minutes at the most often, give or take a little.
_UNTIL_READ = 600.0


class Scenes:
    """The scenes of one rehearsal."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._joined = 0

    def suggestions(self) -> list[str]:
        """Friendly names nobody here has yet, at least one."""
        taken = {person.name for person in self._stage.world.people.values()}
        names = self._stage.plan.newcomers
        return [name for name in names if name not in taken] or [f"{names[0]} {self._joined + 1}"]

    async def switch(self, channel_id: int | None, viewer_id: int | None) -> str:
        """Look at another channel, through other eyes, or both."""
        stage = self._stage
        async with stage.acting():
            viewer = stage.viewer if viewer_id is None else self._present(viewer_id)
            channel = stage.place if channel_id is None else stage.at(channel_id)
            moved = stage.look_through(viewer, channel)
            await stage.show()
        return (
            f"{viewer.name} cannot see {stage.names.channel(channel.id)}, so you are in #{stage.home.name}."
            if moved
            else ""
        )

    async def join(self, typed: str, *, with_rules: bool) -> str:
        """Someone new joins; you look through their eyes."""
        stage, name = self._stage, clean_name(typed)
        if sum(person.newcomer for person in stage.world.people.values()) >= _MOST_NEWCOMERS:
            raise UserFacingError("A hundred newcomers are here already. Let someone leave first.")
        async with stage.acting():
            self._joined += 1
            actor = simulation.join(stage.env, stage.world.guild, name, self._joined, with_rules=with_rules)
            person = Person(actor, name, "member", newcomer=True, pending=with_rules)
            stage.world.people[actor.id] = person
            stage.tour.facts.newcomers.add(actor.id)
            stage.activity.scene(f"{name} joined" + (" and has yet to accept the rules" if with_rules else ""))
            await stage.env.settle()
            await stage.env.advance_time(_A_MOMENT)
            stage.look_through(person, stage.home)
            await stage.show()
        return ""

    async def accept_rules(self) -> str:
        """The one whose eyes you have accepts the rules."""
        stage = self._stage
        async with stage.acting():
            viewer = stage.viewer
            if not viewer.pending:
                raise UserFacingError(f"{viewer.name} has no rules left to accept.")
            viewer.pending = False
            simulation.accept_rules(stage.env, stage.world.guild, viewer.id)
            stage.tour.facts.accepted_rules.add(viewer.id)
            stage.activity.scene(f"{viewer.name} accepted the rules")
            await stage.env.settle()
            await stage.env.advance_time(_A_MOMENT)
            await stage.refresh()
        return ""

    async def leave(self) -> str:
        """The one whose eyes you have leaves; you are the host again."""
        stage = self._stage
        async with stage.acting():
            leaving = stage.viewer
            if leaving.part == "host":
                raise UserFacingError(f"{leaving.name} owns this community and stays. Look through other eyes first.")
            del stage.world.people[leaving.id]
            stage.world.guild.remove_member(leaving.actor)
            stage.activity.scene(f"{leaving.name} left")
            await stage.env.settle()
            stage.look_through(stage.world.host, stage.place)
            await stage.show()
        return f"{leaving.name} has left. You are {stage.viewer.name} now."

    def menu(self) -> list[str]:
        """The commands that the one whose eyes you have finds in the menu of a message here."""
        stage = self._stage
        return [] if stage.viewer.pending else simulation.message_commands(stage.env, stage.place, stage.viewer.id)

    async def use_menu(self, message_id: int | None, command: str) -> str:
        """The one whose eyes you have uses a command from the menu of a message here."""
        stage = self._stage
        async with stage.acting():
            if command not in self.menu():
                raise UserFacingError(f"{stage.viewer.name} cannot use that command here.")
            messages = {message.id: message for message in stage.place.history(viewer=stage.viewer.actor)}
            if message_id not in messages:
                raise UserFacingError("That message is gone. Choose another.")
            answer = await stage.viewer.actor.context_menu(stage.place, command, messages[message_id])
            if answer.modal is not None:
                await stage.show(answer)
        return ""

    async def advance(self, minutes: int) -> str:
        """Time passes: ten minutes, an hour, a day."""
        words = JUMPS.get(minutes)
        if words is None:
            raise UserFacingError("Time moves by ten minutes, an hour or a day.")
        stage = self._stage
        arrival = stage.env.now() + timedelta(minutes=minutes)
        await stage.passage.advance(minutes * 60)
        stage.activity.scene(f"Time moved forward by {words}")
        return f"It is {arrival:%A} now." if minutes == 1440 else ""

    async def publish(self) -> str:
        """The host publishes a post on the blog; you are in the blog's channel when the bot brings it."""
        stage = self._stage
        facts, before = stage.tour.facts, len(stage.tour.facts.announced)
        stage.passage.require_stillness()
        async with stage.acting():
            channel = stage.at(stage.world.purposes["blog"])
            post = stage.blog.publish(stage.env.now())
            facts.published += 1
            stage.activity.scene(f"{stage.blog.author} published “{post.title}” on the blog", channel.id)
            stage.look_through(stage.viewer, channel)
            await stage.show()
            await stage.send_to_blog()
        if await stage.passage.wait_for(lambda: len(facts.announced) > before, _UNTIL_READ):
            return ""
        return f"“{post.title}” is on the blog. Tribekeeper has not brought it here yet: let more time pass."

    async def restart(self) -> str:
        """The bot stops and starts again on the same database."""
        stage = self._stage
        async with stage.acting():
            newest = simulation.newest_id(stage.env)
            await stage.new_bot()
            stage.tour.facts.newest_before_restart = newest
            stage.activity.scene("The bot was restarted")
            await stage.show()
        return "The bot was restarted. Buttons from before still work: press one."

    async def go(self, step_id: str) -> str:
        """Go to where a step of the tour happens."""
        stage = self._stage
        step = stage.tour.step(step_id)
        if step is None or step.place is None:
            raise UserFacingError("That step can be done from anywhere.")
        viewer = self._eyes(step.place.eyes)
        async with stage.acting():
            stage.look_through(viewer, self._where(step.place))
            await stage.show()
        return ""

    def _where(self, place: Place) -> ChannelHandle:
        channel = self._stage.at(self._stage.world.purposes[place.purpose])
        threads = channel.threads if place.in_thread else []
        return max(threads, key=lambda thread: thread.id, default=channel)

    def _eyes(self, eyes: Eyes) -> Person:
        world = self._stage.world
        if eyes == "host":
            return world.host
        if eyes == "another":
            others = [p for p in world.people.values() if p.part == "member" and not p.newcomer]
            return others[0] if others else world.host
        if eyes == "latest":
            return world.latest
        if world.newest is None:
            raise UserFacingError("Nobody new is here yet. Let someone join first.")
        return world.newest

    def _present(self, member_id: int) -> Person:
        person = self._stage.world.people.get(member_id)
        if person is None:
            raise UserFacingError("They are no longer here. Choose someone else.")
        return person


def clean_name(typed: str) -> str:
    """A display name as Discord would keep it: 1 to 32 characters. Raises UserFacingError."""
    one_line = " ".join(typed.split())
    name = "".join(letter for letter in one_line if unicodedata.category(letter)[0] != "C").strip()
    if not name:
        raise UserFacingError("A newcomer needs a name. Type one, or take the one suggested.")
    if len(name) > LONGEST_NAME:
        raise UserFacingError(f"That name has {len(name)} characters; Discord takes at most {LONGEST_NAME}.")
    return name
