"""What is kept about a member, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import discord

from bot.ui.text import safe_name, shortened

#: Discord takes 2000 characters in a message; the rest of this one needs some.
LONGEST = 1500
#: So many of several things are named; what is left is counted.
MOST_NAMED = 3
NOTHING = "I keep **nothing** about you here, and I never keep what you write in channels."
CONSENT = {
    True: (
        "You **agreed** that I note who talks with whom, where you and the other both did. "
        "`/privacy consent agree:False` ends it."
    ),
    False: (
        "You did **not** agree that I note who talks with whom, so I note none of your conversations. "
        "`/privacy consent agree:True` changes that."
    ),
}


def kept_text(guild: discord.Guild, kept: Mapping[str, Mapping[str, object]]) -> str:
    """Everything that is kept, room by room."""
    if not kept:
        return NOTHING
    rooms = [
        f"**{title}**\n" + "\n".join(f"- {name}: {_plain(value)}" for name, value in values.items())
        for title, values in kept.items()
    ]
    head = f"### What I keep about you in {safe_name(guild.name)}\n"
    tail = (
        "\n\nWhat you write in channels I neither read nor keep. `/privacy export` gives you all of this as a file, "
        "`/privacy delete` deletes it."
    )
    # What follows a list right away, without an empty line, is drawn as a part of its last point.
    return head + shortened("\n\n".join(rooms), LONGEST) + tail


def deletion_question(codes: int) -> str:
    """What a member is asked before they are forgotten. `codes`: how many of theirs may still be of use."""
    lines = [
        "Shall I delete everything I keep about you here? Your level and points go. Your introduction and my greeting "
        "are taken down, the hellos between you and others too, and a blog you shared is no longer followed. This "
        "cannot be undone. You stay a member, and may introduce yourself again whenever you like."
    ]
    if codes:
        holds = "a code" if codes == 1 else f"{codes} codes"
        what = "it" if codes == 1 else "them"
        lines.append(
            f"⚠️ **You have {holds}.** I cannot show {what} to you afterwards, and each member gets only one. "
            f"`/code mine` shows {what} now, so write {what} down first."
        )
    return "\n".join(lines)


def _plain(value: object) -> str:
    if value is True:
        return "yes"
    if isinstance(value, list):
        return _several(cast(list[object], value))
    if isinstance(value, Mapping):
        return str(len(cast(Mapping[str, object], value)))
    try:
        return discord.utils.format_dt(datetime.fromisoformat(str(value)), "D")
    except ValueError:
        return safe_name(shortened(str(value), 300))


def _several(values: Sequence[object]) -> str:
    """The first of several words or dates and how many more there are; of anything else how many."""
    if not all(isinstance(value, str) for value in values):
        return str(len(values))
    named = ", ".join(_plain(shortened(str(value), 60)) for value in values[:MOST_NAMED])
    more = len(values) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
