"""Newcomers, as they meet the bot."""

from tests.simkit import Stage


async def test_a_newcomer_is_greeted_by_name(stage: Stage) -> None:
    maya = await stage.join("maya")
    [greeting] = stage.said(stage.welcome)
    assert maya.mention in greeting
