"""A request that must not be repeated ends, over real sockets, where discord.py would begin it anew."""

import aiohttp
import pytest

from bot.unrepeated import OutcomeUnknownError, unrepeated
from tests.loopback import Cut, LoopbackDiscord, Refuse
from tests.loopback.faults import Fault
from tests.loopback.server import PREFIX


async def ask(path: str, fault: Fault) -> int:
    """The status of a POST that is answered by `fault`."""
    async with (
        LoopbackDiscord(point_discord=False) as discord_api,
        aiohttp.ClientSession(
            trace_configs=[unrepeated()], headers={"Authorization": f"Bot {discord_api.world.token}"}
        ) as session,
    ):
        discord_api.faults.add("POST", "*", fault)
        async with session.post(discord_api.http_url + PREFIX + path, json={}) as response:
            return response.status


@pytest.mark.parametrize("fault", [Refuse(500), Refuse(503), Cut(applied=False)], ids=str)
async def test_a_new_forum_post_ends_with_its_outcome_unknown(fault: Fault) -> None:
    with pytest.raises(OutcomeUnknownError):
        await ask("/channels/1/threads?use_nested_fields=1", fault)


async def test_every_other_request_and_every_refusal_is_left_to_discord_py() -> None:
    assert await ask("/channels/1/threads", Refuse(403)) == 403
    assert await ask("/channels/1/messages", Refuse(500)) == 500
    assert await ask("/channels/1/messages/2/threads", Refuse(500)) == 500
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask("/channels/1/messages", Cut(applied=False))
