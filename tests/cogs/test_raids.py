"""Very many join at once: their greetings are held until a host decides."""

import simcord

from tests.cogs.test_impostors import answer
from tests.simkit import UNTIL_GREETED, Stage


async def raid(stage: Stage, size: int = 16, prefix: str = "raider") -> list[simcord.MemberActor]:
    people: list[simcord.MemberActor] = []
    for number in range(size):
        people.append(stage.guild.add_member(stage.env.create_user(f"{prefix}{number}")))
        await stage.moment(0.2)
    await stage.moment(UNTIL_GREETED)
    return people


async def test_a_raid_is_held_and_a_host_lets_it_go_on(stage: Stage) -> None:
    people = await raid(stage)
    assert stage.said(stage.welcome) == []
    notice = stage.hosts.last_message
    assert notice is not None
    assert "may be a raid" in notice.content
    decided = await stage.carol.click(notice, label="Resume")
    assert decided.acknowledged
    await stage.moment(UNTIL_GREETED)
    [greeting] = stage.said(stage.welcome)
    assert all(person.mention in greeting for person in people)
    assert stage.hosts.last_message is not None
    assert "The 16 who waited are greeted now" in stage.hosts.last_message.content
    assert stage.hosts.last_message.components == []


async def test_a_raid_is_held_across_a_restart_and_a_host_skips_it(stage: Stage) -> None:
    await raid(stage)
    await stage.restart()
    await stage.join("one more")
    notice = stage.hosts.last_message
    assert notice is not None
    await stage.carol.click(notice, label="Skip these")
    kofi = await stage.join("kofi")
    await stage.pass_time(3600)
    [greeting] = stage.said(stage.welcome)
    assert kofi.mention in greeting


async def test_hosts_read_how_many_wait_without_an_edit_for_each(stage: Stage) -> None:
    await raid(stage)
    stage.env.http_requests.clear()
    await raid(stage, size=84, prefix="more")
    [notice] = stage.said(stage.hosts)
    assert "**100** wait so far" in notice
    assert 1 <= len([call for call in stage.env.http_requests if call.method == "PATCH"]) <= 4


async def test_the_second_decision_about_a_raid_is_told_so_and_changes_nothing(stage: Stage) -> None:
    people = await raid(stage)
    notice = stage.hosts.last_message
    assert notice is not None
    # Another host's press has just been taken, and this one's Discord does not show it yet.
    await stage.bot.services.arrivals.resume_held(stage.guild.id, stage.now())
    late = await stage.carol.click(notice, label="Skip these")
    assert "Somebody decided about this already, so I left everything as it is." in answer(late)
    assert stage.said(stage.hosts) == [notice.content]
    await stage.moment(UNTIL_GREETED)
    [greeting] = stage.said(stage.welcome)
    assert all(person.mention in greeting for person in people)


async def test_only_those_who_manage_the_server_decide_about_a_raid(stage: Stage) -> None:
    [raider, *_] = await raid(stage)
    notice = stage.hosts.last_message
    assert notice is not None
    refused = await raider.click(notice, label="Resume")
    assert refused.response is not None
    assert "Manage Server" in refused.response.content
    assert stage.said(stage.welcome) == []


async def test_resume_by_command_greets_those_who_waited(stage: Stage) -> None:
    await raid(stage)
    resumed = await stage.carol.slash(stage.hosts, "greeting resume")
    assert resumed.response is not None
    assert "16" in resumed.response.content
    await stage.moment(UNTIL_GREETED)
    assert len(stage.said(stage.welcome)) == 1
    assert stage.hosts.last_message is not None
    assert "a host has decided" in stage.hosts.last_message.content
    assert stage.hosts.last_message.components == []
