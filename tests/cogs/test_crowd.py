"""Five hundred people join within a minute, and all that can go wrong does, in random order."""

import random
from collections import Counter

import pytest
import simcord

from tests.simkit import Stage

PEOPLE = 500
#: How many are made to happen between two moments; a minute has sixty seconds.
AT_ONCE = 9


class Crowd:
    """People who come, go and come back, as a random seed wills it."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.chance = random.Random(seed)
        self.users = [stage.env.create_user(f"person{number}") for number in range(PEOPLE)]
        self.here: dict[int, simcord.UserHandle] = {}
        self.pending: set[int] = set()
        #: What people read each time somebody was named, also in greetings that were taken down later.
        self.screened = False

    async def storm(self) -> None:
        """Let everybody join, with all else in between."""
        waiting = list(self.users)
        restarts = {self.chance.randrange(len(waiting)) for _ in range(3)}
        while waiting:
            for _ in range(min(AT_ONCE, len(waiting))):
                self.join(waiting.pop())
                self.disturb()
            if restarts & {len(waiting) + step for step in range(AT_ONCE)}:
                await self.stage.restart(while_away=self.disturb)
            if self.chance.random() < 0.05:
                self.screened = not self.screened
                await self.stage.switch_screening(on=self.screened)
                if not self.screened:
                    self.pending.clear()
            await self.stage.moment(1.0)
        for member_id in list(self.pending):
            self.accept(member_id)
        await self.stage.moment(60)

    def join(self, user: simcord.UserHandle) -> None:
        backend, guild = self.stage.env.backend, self.stage.guild
        pending = self.screened and self.chance.random() < 0.7
        backend.add_member(guild.id, user.id, announce=False).pending = pending
        if pending:
            self.pending.add(user.id)
        self.here[user.id] = user
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            self.stage.announce_join(user)

    def disturb(self) -> None:
        """Somebody leaves, comes back, accepts the rules, or is told of once more."""
        if not self.here:
            return
        user = self.chance.choice(list(self.here.values()))
        match self.chance.randrange(8):
            case 0:
                self.leave(user)
            case 1:
                self.leave(user)
                self.join(user)
            case 2 if self.pending:
                self.accept(self.chance.choice(sorted(self.pending)))
            case 3:
                self.stage.announce_join(user)
            case 4:
                self.stage.env.backend.announce_member_update(self.stage.guild.id, user.id)
            case _:
                pass

    def leave(self, user: simcord.UserHandle) -> None:
        del self.here[user.id]
        self.pending.discard(user.id)
        self.stage.env.backend.remove_member(self.stage.guild.id, user.id)

    def accept(self, member_id: int) -> None:
        self.pending.discard(member_id)
        self.stage.env.backend.get_member(self.stage.guild.id, member_id).pending = False
        self.stage.env.backend.announce_member_update(self.stage.guild.id, member_id)

    def greeted(self) -> Counter[int]:
        """How often each of them is named in the greetings that stand."""
        said = " ".join(self.stage.said(self.stage.welcome))
        return Counter({user.id: said.count(user.mention) for user in self.users if user.mention in said})

    async def held(self) -> set[int]:
        """Those about whom a host has yet to decide."""
        services = self.stage.bot.services
        async with services.database.transaction() as tx:
            return {member_id for member_id, _ in await services.members.held(tx, self.stage.guild.id)}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("most_joins", [0, 15])
async def test_each_who_stayed_is_greeted_exactly_once_or_reported_as_held(
    stage: Stage, seed: int, most_joins: int
) -> None:
    await stage.bot.services.greeting.change_arrivals(stage.guild.id, most_joins=most_joins, welcome_back=False)
    crowd = Crowd(stage, seed)
    await crowd.storm()
    greeted, held = crowd.greeted(), await crowd.held()
    assert max(greeted.values(), default=1) == 1, "nobody is greeted twice"
    assert not held & set(greeted)
    assert set(greeted) | held == set(crowd.here), "whoever stayed is greeted or held, and nobody else"
    assert bool(held) is bool(most_joins)
    if held:
        assert "may be a raid" in stage.said(stage.hosts)[-1]
        await stage.carol.slash(stage.hosts, "greeting resume")
        await stage.moment(120)
        assert crowd.greeted() == Counter(crowd.here.keys())
