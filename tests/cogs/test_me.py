"""`/me`: one's own card, and nobody else's."""

from datetime import datetime, timedelta

import discord
import pytest
import simcord
from sqlalchemy import insert

from bot.communities.rules import ChannelPurpose
from bot.engagement.models import AnsweredNewcomerRow, HelpfulMarkRow, PartnersRow, StandingRow
from bot.engagement.rules import Level, Thresholds
from tests.cogs.taking_part import answer_of, be_active
from tests.simkit import Stage


async def me(stage: Stage, member: simcord.MemberActor) -> str:
    """What a member reads on their card."""
    shown = await member.slash(stage.welcome, "me")
    assert shown.ephemeral
    return answer_of(shown)


async def with_everything(stage: Stage) -> simcord.MemberActor:
    """Maya, who did a bit of everything."""
    maya = await stage.join("maya")
    await be_active(stage, maya, days=6, replies_given=2, threads_joined=1)
    guild, today = {"guild_id": stage.guild.id}, stage.now().date()
    async with stage.bot.services.database.transaction() as tx:
        for other in (1, 2):
            await tx.execute(insert(PartnersRow).values(**guild, low_id=other, high_id=maya.id, day=today))
        answered = {"newcomer_member_id": 3, "answerer_id": maya.id, "day": today, "at": stage.now()}
        await tx.execute(insert(AnsweredNewcomerRow).values(**guild, **answered))
        await tx.execute(insert(HelpfulMarkRow).values(**guild, giver_id=4, receiver_id=maya.id, day=today))
    return maya


async def test_a_member_who_did_nothing_yet_is_told_what_to_do_first(stage: Stage) -> None:
    card = await me(stage, await stage.join("maya"))
    assert "Good to have you here, maya" in card
    assert "You are **New**" in card
    assert "`/intro`" in card
    assert f"<#{stage.introductions.id}>" in card
    assert "Nothing yet." in card
    assert "▱" not in card, "empty bars would only discourage"


async def test_without_a_channel_for_introductions_the_first_step_is_told_in_words(stage: Stage) -> None:
    await stage.bot.services.communities.set_channel(stage.guild.id, ChannelPurpose.INTRODUCTIONS, None)
    assert "answer somebody in the introductions" in await me(stage, await stage.join("maya"))


async def test_the_card_shows_level_points_and_each_part_as_a_bar_with_its_end(stage: Stage) -> None:
    card = await me(stage, await with_everything(stage))
    assert "## Present · 19 points" in card
    assert "New (0) → **Present** → Contributing (20) → Connecting (40)" in card
    assert "1 more point makes you *Contributing*" in card
    for line in (
        "`▰▰▰▱▱▱▱▱▱▱` **6** of 20 · active days · 6 points",
        "`▰▱▱▱▱▱▱▱▱▱` **2** of 12 · conversation partners · 6 points",
        "`▰▰▱▱▱▱▱▱▱▱` **1** of 5 · newcomer answered first · 4 points",
        "`▰▱▱▱▱▱▱▱▱▱` **1** of 8 · member found you helpful · 3 points",
        "`▱▱▱▱▱▱▱▱▱▱` **0** of 4 · live Q&As attended · 0 points",
    ):
        assert line in card


async def test_what_is_beyond_the_end_is_shown_and_not_counted(stage: Stage) -> None:
    maya = await stage.join("maya")
    await be_active(stage, maya, days=25)
    card = await me(stage, maya)
    assert "`▰▰▰▰▰▰▰▰▰▰` **25** 20 count · active days · 20 points" in card
    assert "## Contributing · 20 points" in card


async def test_the_card_says_what_would_raise_it_most(stage: Stage) -> None:
    maya = await with_everything(stage)
    card = await me(stage, maya)
    assert f"**+4** Be the first to answer a newcomer: under a card in <#{stage.introductions.id}>" in card
    guild, today = {"guild_id": stage.guild.id}, stage.now().date()
    async with stage.bot.services.database.transaction() as tx:
        for newcomer in range(10, 15):
            answered = {"newcomer_member_id": newcomer, "answerer_id": maya.id, "day": today, "at": stage.now()}
            await tx.execute(insert(AnsweredNewcomerRow).values(**guild, **answered))
    assert "**+3** Help with something you know" in await me(stage, maya)


async def test_where_less_is_enough_for_the_next_level_the_card_says_so(stage: Stage) -> None:
    maya = await with_everything(stage)
    day = "**+1** Write something on another day. Once a day is enough. That would be enough for *Contributing*."
    assert f"of their first week.\\n{day}" in await me(stage, maya)
    await be_active(stage, maya, days=1, until=6)
    assert "## Contributing" in (card := await me(stage, maya))
    assert "would be enough" not in card, "one thing is not"


async def test_what_is_kept_is_small_print_below_level_and_codes(stage: Stage) -> None:
    card = await me(stage, await with_everything(stage))
    heading, kept = card.index("### Codes for you"), card.index("-# **What I keep about this**: Numbers for 6 days")
    assert heading < kept
    assert "\\n-# You have not agreed that I note" in card
    assert "\\n-# Only you see this." in card


async def test_the_card_tells_what_is_kept_and_where_to_see_and_delete_it(stage: Stage) -> None:
    card = await me(stage, await with_everything(stage))
    assert (
        "Numbers for 6 days, 12 replies given, 6 threads joined, 1 newcomer answered, 1 mark received, "
        "2 conversations noted."
    ) in card
    assert "`/privacy show`" in card
    assert "`/privacy delete`" in card
    assert "Only you see this. There is no ranking here: what counts is taking part, not how much you write." in card


async def test_consent_is_told_because_partners_count_only_with_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    for agree, words in ((False, "You have not agreed"), (True, "You agreed that I note who talks with whom")):
        await maya.slash(stage.welcome, "privacy consent", agree=agree)
        for days in (0, 1):
            await be_active(stage, maya, days=days, until=3 * agree)
            assert words in await me(stage, maya)
    assert "conversation partners do not count for you" not in await me(stage, maya)


async def test_a_fall_that_is_coming_is_announced_with_what_keeps_the_level(stage: Stage) -> None:
    maya = await stage.join("maya")
    await be_active(stage, maya, days=12)
    since = stage.now() - timedelta(days=5)
    async with stage.bot.services.database.transaction() as tx:
        values = {"guild_id": stage.guild.id, "member_id": maya.id, "level": 2, "below_since": since}
        await tx.execute(insert(StandingRow).values(**values))
    card = await me(stage, maya)
    assert "## Contributing · 12 points" in card
    falls = discord.utils.format_dt(since + timedelta(days=14), "D")
    assert f"You keep *Contributing* until {falls}, and longer with 18 points or more." in card


async def test_the_highest_level_has_nothing_above_it(stage: Stage) -> None:
    maya = await stage.join("maya")
    await stage.bot.services.standing.set_thresholds(stage.guild.id, Thresholds(1, 2, 3))
    await be_active(stage, maya, days=3)
    card = await me(stage, maya)
    assert "## Connecting · 3 points" in card
    assert "There is no level above this one" in card


@pytest.mark.parametrize("how", ["host", "owner", "moderator"])
async def test_hosts_are_told_that_they_are_not_counted(stage: Stage, how: str) -> None:
    host = stage.carol
    if how == "moderator":
        role = stage.guild.create_role("Moderator", permissions=discord.Permissions(ban_members=True))
        host = stage.guild.add_member(stage.env.create_user("mo"), roles=[role])
        await stage.moment()
    elif how == "owner":
        stored = stage.env.backend.get_guild(stage.guild.id)
        maya = await stage.join("maya")
        stored.owner_id = maya.id
        stage._announce_guild()
        await stage.moment()
        host = maya
    card = await me(stage, host)
    assert "Hosts and moderators are not counted" in card
    assert "▱" not in card


async def test_codes_for_the_member_are_told_by_whoever_knows_them(stage: Stage) -> None:
    maya = await with_everything(stage)
    stage.bot.offer_tellers.clear()
    assert "Codes for you" not in await me(stage, maya)

    async def teller(guild: discord.Guild, member: discord.Member, now: datetime) -> list[str]:
        return [f"{member.display_name} in {guild.name} at {now:%Y}", "x" * 500]

    async def broken(_guild: discord.Guild, _member: discord.Member, _now: datetime) -> list[str]:
        raise RuntimeError("no codes today")

    stage.bot.offer_tellers += [broken, teller]
    card = await me(stage, maya)
    assert "### Codes for you\\n- maya in Bubble at " in card
    assert "x" * 190 in card
    assert "x" * 201 not in card

    async def many(_guild: discord.Guild, _member: discord.Member, _now: datetime) -> list[str]:
        return ["y" * 300] * 30

    stage.bot.offer_tellers.append(many)
    assert "`/code claim` lists them all" in await me(stage, maya)
    stage.bot.offer_tellers[:] = [broken]
    assert "None just now." in await me(stage, maya)


async def test_a_rise_shows_at_once(stage: Stage) -> None:
    maya = await stage.join("maya")
    await be_active(stage, maya, days=7)
    assert "## New · 7 points" in await me(stage, maya)
    await be_active(stage, maya, days=1, until=7)
    assert "## Present · 8 points" in await me(stage, maya)
    await stage.moment(60)
    assert await stage.bot.services.standing.levels(stage.guild.id, [maya.id]) == {maya.id: Level.PRESENT}


async def test_a_day_on_which_somebody_wrote_counts_by_itself(stage: Stage) -> None:
    maya = await stage.join("maya")
    await maya.send(stage.welcome, "Hello")
    await maya.send(stage.welcome, "Hello again")
    await stage.moment(200)
    card = await me(stage, maya)
    assert "**1** of 20 · active day · 1 point" in card
    assert "## New · 1 point" in card
