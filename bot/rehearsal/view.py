"""The rehearsal as plain data for the page."""

from typing import Any

from bot.rehearsal import simulation
from bot.rehearsal.blog.site import ROOT
from bot.rehearsal.scenes import Scenes
from bot.rehearsal.stage import Stage


def glance(stage: Stage) -> dict[str, Any]:
    """What changes all the time: the version, the simulated clock, a jump's progress from 0 to 1."""
    jump = stage.passage.jump
    gone, whole = jump or (0.0, 1.0)
    return {
        "version": stage.version,
        "now": stage.env.now().isoformat(),
        "jump": gone / whole if jump else None,
    }


def describe(stage: Stage, scenes: Scenes) -> dict[str, Any]:
    """Everything the page shows."""
    frame = stage.frame
    return {
        **glance(stage),
        "guild": stage.plan.guild,
        "timeZone": stage.plan.time_zone,
        "frame": f"/?view={stage.frame_serial}#{frame[1]}" if frame else None,
        "channel": str(stage.place.id),
        "viewer": str(stage.viewer.id),
        "pending": stage.viewer.pending,
        "owner": stage.viewer.part == "host",
        "menu": scenes.menu(),
        "suggestions": scenes.suggestions(),
        "channels": _channels(stage),
        "people": _people(stage),
        "tour": _tour(stage),
        "closing": stage.tour.closing,
        "blog": _blog(stage),
        "activity": _activity(stage),
    }


def _channels(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": str(channel.id),
            "name": channel.name,
            "thread": channel.is_thread,
            "private": simulation.is_private(stage.env, stage.world.guild, channel),
        }
        for channel in simulation.channels(stage.env, stage.world.guild)
        if simulation.can_read(stage.env, channel, stage.viewer.id)
    ]


def _people(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": str(person.id),
            "name": person.name,
            "part": "at the rules" if person.pending else "new" if person.newcomer else person.part,
        }
        for person in stage.world.people.values()
    ]


def _tour(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "id": step.id,
            "title": step.title,
            "hint": step.hint,
            "done": stage.tour.is_done(step),
            "go": step.place.label if step.place else None,
        }
        for step in stage.tour.steps
    ]


def _blog(stage: Stage) -> dict[str, Any]:
    blog = stage.blog
    return {
        "address": ROOT,
        "title": blog.title,
        "author": blog.author,
        "posts": len(blog.posts),
        "newest": blog.posts[0].title if blog.posts else "",
    }


def _activity(stage: Stage) -> list[dict[str, Any]]:
    return [
        {
            "n": entry.number,
            "at": entry.at.isoformat(),
            "kind": entry.kind,
            "text": entry.text,
            "quote": entry.quote,
            "channel": str(entry.channel_id) if entry.channel_id else None,
        }
        for entry in stage.activity.entries
    ]
