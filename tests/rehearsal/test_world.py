"""The world the rehearsal opens on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest
import simcord
from discord.ext import commands

from bot.communities.rules import ChannelPurpose
from bot.errors import OperatorError, UserFacingError
from bot.rehearsal import simulation
from bot.rehearsal.scenes import clean_name
from bot.rehearsal.world import WORLD, load
from bot.rehearsal.world import build as build_world

NOW = datetime(2026, 4, 20, 15, 0, tzinfo=UTC)


def test_the_world_has_a_host_a_co_host_and_four_members():
    parts = [person.part for person in load().people]
    assert sorted(parts) == ["co-host", "host", "member", "member", "member", "member"]


def test_every_purpose_has_its_channel():
    assert {channel.purpose for channel in load().channels} - {None} == set(ChannelPurpose) - {
        ChannelPurpose.MEMBER_BLOGS
    }


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda world: world["people"].pop(0), "exactly one person is the host"),
        (lambda world: world["conversation"][0].update(author="Nobody"), "needs an author and a channel that exist"),
        (lambda world: world["conversation"][0].update(days_ago=1000), "was said before Maya came"),
        (lambda world: world.update(newcomers=[]), "newcomers"),
        (lambda world: world.update(colour="red"), "colour"),
    ],
)
def test_a_world_that_makes_no_sense_is_refused_in_one_sentence(spoil, words: str, tmp_path: Path):
    world = json.loads(WORLD.read_text(encoding="utf-8"))
    spoil(world)
    path = tmp_path / "world.json"
    path.write_text(json.dumps(world), encoding="utf-8")
    with pytest.raises(OperatorError, match=words) as caught:
        load(path)
    assert "\n" not in caught.value.message


def test_a_missing_world_is_told_in_one_sentence(tmp_path: Path):
    with pytest.raises(OperatorError, match="is missing"):
        load(tmp_path / "nowhere.json")


async def test_the_past_carries_its_days_and_the_clock_ends_at_now():
    bot = commands.AutoShardedBot(
        command_prefix=(), help_command=None, intents=discord.Intents.default(), shard_count=1
    )
    env = simcord.Env(bot, shard_count=1)
    simulation.prepare(env)
    plan = load()
    world = build_world(env, plan, NOW)
    assert env.now() == NOW
    maya = next(person for person in world.people.values() if person.name == "Maya")
    joined = datetime.fromisoformat(env.backend.get_member(world.guild.id, maya.id).joined_at)
    assert (NOW - joined).days == 61
    said = env.backend.messages[world.channels["introductions"].id].values()
    assert [datetime.fromisoformat(m.timestamp) for m in said] == sorted(
        datetime.fromisoformat(m.timestamp) for m in said
    )
    assert world.guild.owner.id == world.host.id
    assert not simulation.can_read(env, world.channels["hosts"], maya.id)
    walter = next(person for person in world.people.values() if person.name == "Walter")
    assert simulation.can_read(env, world.channels["hosts"], walter.id)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Noor  ", "Noor"),
        ("Ana\nLucía", "Ana Lucía"),
        ("@everyone", "@everyone"),
        ("<b>x</b>", "<b>x</b>"),
        ("李", "李"),
        ("x" * 32, "x" * 32),
    ],
)
def test_names_are_kept_as_discord_would(typed: str, kept: str):
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u2060", "x" * 33])
def test_names_that_cannot_be_are_refused(typed: str):
    with pytest.raises(UserFacingError):
        clean_name(typed)
