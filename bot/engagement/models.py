"""Tables of taking part. Everything in them but settings and watermarks is deleted when it is 28 days old."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Index, Integer, LargeBinary, SmallInteger, false
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Snowflake, UTCDateTime
from bot.engagement.count_rules import FOREVER


def _id_in_key() -> Mapped[int]:
    return mapped_column(Snowflake, primary_key=True, autoincrement=False)


def _count() -> Mapped[int]:
    return mapped_column(Integer, default=0, server_default="0")


class EngagementSettingsRow(Base):
    """From which standing on each level begins in a guild, and whether roles of lower levels are kept."""

    __tablename__ = "engagement_settings"

    guild_id: Mapped[int] = _id_in_key()
    present: Mapped[int] = mapped_column(Integer, default=8, server_default="8")
    contributing: Mapped[int] = mapped_column(Integer, default=20, server_default="20")
    connecting: Mapped[int] = mapped_column(Integer, default=40, server_default="40")
    stack_roles: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class LevelRoleRow(Base):
    """The role that members of a level wear."""

    __tablename__ = "engagement_level_roles"

    guild_id: Mapped[int] = _id_in_key()
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    role_id: Mapped[int] = mapped_column(Snowflake)


class IgnoredChannelRow(Base):
    """A channel in which, as in its threads, no message from one id to another is counted.

    The later end is `FOREVER` while it is ignored; a span that has ended is kept as long as it may be read back.
    """

    __tablename__ = "engagement_ignored"

    guild_id: Mapped[int] = _id_in_key()
    channel_id: Mapped[int] = _id_in_key()
    since: Mapped[int] = mapped_column(Snowflake, default=0, server_default="0")
    until: Mapped[int] = mapped_column(
        Snowflake, primary_key=True, autoincrement=False, default=FOREVER, server_default=str(FOREVER)
    )


class WatermarkRow(Base):
    """The newest message of a channel or thread that is counted.

    The row whose channel is the guild itself says since when anything is counted there, and stands in for the
    channels that have no row.
    """

    __tablename__ = "engagement_watermarks"

    guild_id: Mapped[int] = _id_in_key()
    channel_id: Mapped[int] = _id_in_key()
    message_id: Mapped[int] = mapped_column(Snowflake)


class ForgottenRow(Base):
    """That nothing counts which somebody wrote before a message, because they were forgotten then.

    Otherwise history that is read back would bring it again. Nobody is named: of who it was there is a salted hash.
    """

    __tablename__ = "engagement_forgotten"

    guild_id: Mapped[int] = _id_in_key()
    until: Mapped[int] = _id_in_key()
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class MemberDayRow(Base):
    """What a member did on one day of the guild's zone."""

    __tablename__ = "engagement_days"

    guild_id: Mapped[int] = _id_in_key()
    member_id: Mapped[int] = _id_in_key()
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    active: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    replies_given: Mapped[int] = _count()
    replies_received: Mapped[int] = _count()
    threads_joined: Mapped[int] = _count()
    questions: Mapped[int] = _count()
    rsvps: Mapped[int] = _count()
    sessions: Mapped[int] = _count()


class JoinedThreadRow(Base):
    """That a member wrote in a thread, and on which day first, so that it counts once."""

    __tablename__ = "engagement_threads"

    guild_id: Mapped[int] = _id_in_key()
    member_id: Mapped[int] = _id_in_key()
    thread_id: Mapped[int] = _id_in_key()
    day: Mapped[date] = mapped_column(Date)


class AnsweredNewcomerRow(Base):
    """The first answer of a person to a newcomer: to their introduction, or to a message of their first week.

    Where staff were the first, the answerer is 0, and nobody is credited.
    """

    __tablename__ = "engagement_newcomers"
    __table_args__ = (Index("ix_engagement_newcomers_answerer", "guild_id", "answerer_id"),)

    guild_id: Mapped[int] = _id_in_key()
    newcomer_member_id: Mapped[int] = _id_in_key()
    answerer_id: Mapped[int] = mapped_column(Snowflake)
    day: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UTCDateTime)


class HelpfulMarkRow(Base):
    """That one member found another one helpful on a day."""

    __tablename__ = "engagement_helpful"
    __table_args__ = (Index("ix_engagement_helpful_receiver", "guild_id", "receiver_id"),)

    guild_id: Mapped[int] = _id_in_key()
    giver_id: Mapped[int] = _id_in_key()
    receiver_id: Mapped[int] = _id_in_key()
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class ReplyRow(Base):
    """The first and the last reply of one member to another on a day. Only where both agreed to conversation notes.

    Together they tell exactly whether a reply of that day had one the other way in the 72 hours before it.
    """

    __tablename__ = "engagement_replies"
    __table_args__ = (Index("ix_engagement_replies_to", "guild_id", "to_id"),)

    guild_id: Mapped[int] = _id_in_key()
    from_id: Mapped[int] = _id_in_key()
    to_id: Mapped[int] = _id_in_key()
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    first_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PartnersRow(Base):
    """That two members, the lower id first, were in conversation on a day. Only where both agreed to such notes."""

    __tablename__ = "engagement_partners"
    __table_args__ = (Index("ix_engagement_partners_high", "guild_id", "high_id"),)

    guild_id: Mapped[int] = _id_in_key()
    low_id: Mapped[int] = _id_in_key()
    high_id: Mapped[int] = _id_in_key()
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class StandingRow(Base):
    """The level a member has, and since when their standing is below what it takes."""

    __tablename__ = "engagement_standings"

    guild_id: Mapped[int] = _id_in_key()
    member_id: Mapped[int] = _id_in_key()
    level: Mapped[int] = mapped_column(SmallInteger)
    below_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
