"""How one's own standing reads."""

from collections.abc import Sequence

import discord
from discord import ui
from discord.utils import format_dt

from bot.communities.rules import ChannelPurpose, Community
from bot.engagement import rules
from bot.engagement.rules import WEIGHTS, Card, Level, Part, Step, Stored
from bot.ui.text import safe_name, shortened
from bot.ui.views import BaseLayout

COLOUR = discord.Colour(0xC0653A)
#: Cells of a bar.
CELLS = 10
#: What of the codes finds room beside everything else: Discord takes 4000 characters in all.
MOST_OFFERS, LONGEST_OFFER = 8, 200

#: One and several of each part.
_NAMES = {
    Part.ACTIVE_DAYS: ("active day", "active days"),
    Part.PARTNERS: ("conversation partner", "conversation partners"),
    Part.NEWCOMERS_ANSWERED: ("newcomer answered first", "newcomers answered first"),
    Part.HELPFUL_MARKS: ("member found you helpful", "members found you helpful"),
    Part.SESSIONS: ("live Q&A attended", "live Q&As attended"),
}
_CONSENT = {
    True: (
        "You agreed that I note who talks with whom; a conversation is noted where the other person agreed, too. "
        "`/privacy consent agree:False` ends it."
    ),
    False: (
        "You have not agreed that I note who talks with whom, so conversation partners do not count for you. "
        "`/privacy consent agree:True` changes that; the other person has to agree, too."
    ),
}
_PRIVATE = "Only you see this. There is no ranking here: what counts is taking part, not how much you write."
STAFF = (
    "## You look after this place\n"
    "Hosts and moderators are not counted, so you have no level and no points. `/privacy show` tells what I know "
    "about you."
)


def standing_layout(
    member: discord.Member, card: Card, community: Community, offers: Sequence[str] | None
) -> BaseLayout:
    """A member's own card; `offers` are the codes they can get, a line for each, None where codes are unknown here."""
    box = _box(_welcome(member, community) if card.is_blank else _heading(card))
    if not card.is_blank:
        _add(box, "\n".join(part_line(part, card) for part in Part))
        _add(box, f"### What would raise it most\n{advice(card, community)}")
    if offers is not None:
        lines = [f"- {shortened(line, LONGEST_OFFER)}" for line in offers[:MOST_OFFERS]]
        if len(offers) > MOST_OFFERS:
            lines.append("- … and more: `/code claim` lists them all.")
        _add(box, "### Codes for you\n" + ("\n".join(lines) or "None just now."))
    box.add_item(ui.Separator())
    small = (f"**What I keep about this**: {kept_text(card.stored)}", _CONSENT[card.agrees], _PRIVATE)
    box.add_item(ui.TextDisplay("\n".join(f"-# {line}" for line in small)))
    return BaseLayout(timeout=None).add_item(box)


def staff_layout() -> BaseLayout:
    """What a host reads instead of a card."""
    return BaseLayout(timeout=None).add_item(_box(STAFF))


def _box(text: str) -> ui.Container[BaseLayout]:
    box: ui.Container[BaseLayout] = ui.Container(accent_colour=COLOUR)
    return box.add_item(ui.TextDisplay(text))


def _add(box: ui.Container[BaseLayout], text: str) -> None:
    """One more part of a card, with room above it."""
    box.add_item(ui.Separator(visible=False))
    box.add_item(ui.TextDisplay(text))


def _welcome(member: discord.Member, community: Community) -> str:
    return (
        f"## Good to have you here, {safe_name(member.display_name)}\n"
        f"You are **{Level.NEW.title}**: nothing is counted for you yet, and reading along is fine. A good first step: "
        f"say who you are with `/intro`, or answer somebody in {_introductions(community)}. Being the first to answer "
        "a newcomer counts most."
    )


def _heading(card: Card) -> str:
    level, thresholds = card.standing.level, card.thresholds
    path = " → ".join(
        f"**{known.title}**" if known is level else f"{known.title} ({thresholds.of(known)})" for known in Level
    )
    lines = [f"## {level.title} · {counted(card.score, 'point', 'points')}", path]
    above = card.next_level
    if above is None:
        lines.append("There is no level above this one. Thank you for all you do here.")
    else:
        missing = rules.points_to(above, card.score, thresholds)
        lines.append(f"{counted(missing, 'more point makes', 'more points make')} you *{above.title}*.")
    falls_at = rules.falls_at(card.standing.below_since)
    if falls_at is not None:
        needed = rules.keeps(level, thresholds)
        lines.append(
            f"You keep *{level.title}* until {format_dt(falls_at, 'D')}, and longer with {needed} points or more."
        )
    return "\n".join(lines)


def part_line(part: Part, card: Card) -> str:
    """A part as a bar: how much of it there is, how much counts, and what it is worth."""
    number, weight = card.taking_part.number_of(part), WEIGHTS[part]
    filled = min(CELLS, max(1, number * CELLS // weight.most)) if number else 0
    bar = "▰" * filled + "▱" * (CELLS - filled)
    points = counted(rules.points_of(part, card.taking_part), "point", "points")
    one, several = _NAMES[part]
    limit = f"{weight.most} count" if number > weight.most else f"of {weight.most}"
    return f"`{bar}` **{number}** {limit} · {one if number == 1 else several} · {points}"


def advice(card: Card, community: Community) -> str:
    """What to do next: the one thing that adds most, and the least that is enough for the next level."""
    steps = rules.best_steps(card.taking_part)
    if not steps:
        return "You have done everything that counts. Enjoy the conversations."
    lines, above = [_step_line(steps[0], card, community)], card.next_level
    if above is not None:
        missing = rules.points_to(above, card.score, card.thresholds)
        least = min((step for step in steps if step.points >= missing), key=lambda step: step.points, default=steps[0])
        if least.points < steps[0].points:
            lines.append(f"{_step_line(least, card, community)} That would be enough for *{above.title}*.")
    return "\n".join(lines)


def _step_line(step: Step, card: Card, community: Community) -> str:
    what = {
        Part.NEWCOMERS_ANSWERED: (
            f"Be the first to answer a newcomer: under a card in {_introductions(community)}, or with a reply to a "
            "message of their first week."
        ),
        Part.PARTNERS: (
            "Reply to somebody you have not talked with lately; it counts when they reply to you within three days."
            if card.agrees
            else "Agree with `/privacy consent agree:True`, and conversations with others who agreed begin to count."
        ),
        Part.HELPFUL_MARKS: (
            "Help with something you know. Whoever was helped can choose *Apps → Mark as helpful* on your message."
        ),
        Part.SESSIONS: "Come to the next live Q&A.",
        Part.ACTIVE_DAYS: "Write something on another day. Once a day is enough.",
    }[step.part]
    return f"**{step.points:+}** {what}"


def kept_text(stored: Stored) -> str:
    """How much is stored, and where to see and delete it."""
    if stored == Stored():
        return "Nothing yet. Once you take part I keep numbers for 28 days, never your words."
    numbers = {
        "reply given": stored.replies_given, "reply received": stored.replies_received,
        "thread joined": stored.threads_joined, "question": stored.questions, "RSVP": stored.rsvps,
        "newcomer answered": stored.newcomers_answered, "mark given": stored.marks_given,
        "mark received": stored.marks_received, "conversation noted": stored.conversations,
    }  # fmt: skip
    told = [f"Numbers for {counted(stored.days, 'day', 'days')}"] if stored.days else []
    told += [counted(number, name, _several(name)) for name, number in numbers.items() if number]
    return (
        f"{', '.join(told)}. Your words are not read, and each number goes after 28 days. `/privacy show` tells "
        "everything, `/privacy delete` deletes it."
    )


def counted(number: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else several}"


def _several(name: str) -> str:
    noun, *rest = name.split(" ")
    return " ".join([noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s", *rest])


def _introductions(community: Community) -> str:
    channel_id = community.channels.get(ChannelPurpose.INTRODUCTIONS)
    return f"<#{channel_id}>" if channel_id else "the introductions"


def thanks_text(member: discord.Member) -> str:
    """What a giver reads after a mark."""
    return (
        f"Thank you! I noted for 28 days that {safe_name(member.display_name)} was helpful. Nobody is told, and "
        "saying thanks in your own words is welcome, too."
    )
