"""A question of the whole session, as those see it who asked, voted and answered."""

from dataclasses import dataclass, field

import discord
import simcord

ABOUT = ("a first novel", "the morning routine", "old friends", "moving abroad", "a small budget", "difficult readers")
OPENINGS = (
    "How do you keep going with", "What did nobody tell you about", "Who helped you most with",
    "When did you give up on", "Why should anybody care for", "Where do you look for",
    "Which mistake do people make about", "Would you pay somebody for", "Is there a good book on",
    "Did your parents understand",
)  # fmt: skip
#: What somebody asks, each text once.
TEXTS = [f"{opening} {about}?" for about in ABOUT for opening in OPENINGS]


@dataclass
class Asked:
    """A question as its asker and the voters know it, and what the hosts did with it."""

    number: int
    asker: simcord.MemberActor
    is_anonymous: bool
    id: int = 0
    topic: str = ""
    voters: set[int] = field(default_factory=set[int])
    standing: str = "open"
    host: simcord.MemberActor | None = None
    was_away: bool = False
    takings: int = 0
    #: Who asked and how many votes there were when it was put off.
    put_off: str = ""
    answer: discord.Message | None = None

    @property
    def text(self) -> str:
        return TEXTS[self.number]

    @property
    def with_topic(self) -> str:
        """Its text under its topic, if it has one."""
        return f"**{self.topic}:** {self.text}" if self.topic else self.text

    @property
    def by(self) -> str:
        return "someone anonymous" if self.is_anonymous else self.asker.mention

    @property
    def votes(self) -> str:
        return f"{len(self.voters)} vote{'' if len(self.voters) == 1 else 's'}"

    @property
    def line(self) -> str:
        who = "asked anonymously" if self.is_anonymous else f"asked by {self.asker.mention}"
        return f"{who} · {self.votes}"
