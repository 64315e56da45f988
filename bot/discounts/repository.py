"""All SQL of discounts themselves: what they are, where their cards stand, and the log of what was done."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.db import Transaction
from bot.db.statements import changed_rows, hold, list_ids
from bot.discounts.condition_rules import from_plain, to_plain
from bot.discounts.errors import NoSuchDiscountError
from bot.discounts.models import AuditRow, CodeRow, DiscountPostRow, DiscountRow
from bot.discounts.report_rules import AuditAction, AuditEntry
from bot.discounts.rules import CodeKind, Discount, Draft
from bot.local_time import LocalTime

#: Codes are asked for last: the numbers say it of every pool of which a code is free or was claimed.
_IS_FILLED = or_(
    DiscountRow.kind != CodeKind.POOL.value,
    DiscountRow.in_pool + DiscountRow.claimed > 0,
    exists().where(CodeRow.guild_id == DiscountRow.guild_id, CodeRow.discount_id == DiscountRow.id),
)
_NAMING = (DiscountRow.created_by_id, AuditRow.actor_id, AuditRow.member_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """A discount with what only its services may see, still encrypted."""

    discount: Discount
    secret: str | None = field(repr=False)
    owner_salt: str = field(repr=False)


class DiscountRepository:
    """Discounts in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def hold_codes(self, guild_id: int) -> None:
        """Nobody else makes a code of the guild, or says something it could tell, until this transaction ends.

        Whoever adds a code, or words that everybody reads, begins with it, before the key and any discount is locked:
        only so does each see what another has written but not committed.
        """
        await hold(self._tx, guild_id)

    async def add(
        self, guild_id: int, draft: Draft, host_id: int, now: datetime, *, secret: str | None, owner_salt: str
    ) -> Discount | None:
        """Keep a discount; `secret` and `owner_salt` are encrypted. None if its name is taken."""
        row = DiscountRow(
            guild_id=guild_id, created_by_id=host_id, created_at=now, secret=secret, owner_salt=owner_salt,
            paused=False, claimed=0, in_pool=0, revision=0, **_columns(draft),
        )  # fmt: skip
        try:
            async with self._tx.begin_nested():
                self._tx.add(row)
        except IntegrityError:
            return None
        return _fact(row, is_filled=draft.kind is not CodeKind.POOL)

    async def change(self, discount: Discount, draft: Draft, secret: str | None) -> bool:
        """Make a discount what the draft says; without a secret that stays. False if the name is taken."""
        values = _columns(draft) | ({"secret": secret} if secret else {})
        try:
            async with self._tx.begin_nested():
                await self._update(discount, **values)
        except IntegrityError:
            return False
        return True

    async def set_paused(self, discount: Discount, paused: bool) -> None:
        """Give no codes out for now, or again."""
        await self._update(discount, paused=paused)

    async def set_ended(self, discount: Discount, now: datetime) -> None:
        """Give no codes out any more."""
        await self._update(discount, ended_at=now)

    async def _update(self, discount: Discount, **values: Any) -> None:
        await self._tx.execute(
            update(DiscountRow)
            .where(DiscountRow.guild_id == discount.guild_id, DiscountRow.id == discount.id)
            .values(revision=DiscountRow.revision + 1, **values)
        )

    async def get(self, guild_id: int, discount_id: int) -> Kept:
        """The guild's discount with that id, as it is now. Raises NoSuchDiscountError."""
        kept = await self._get(DiscountRow.guild_id == guild_id, DiscountRow.id == discount_id)
        if kept is None:
            raise NoSuchDiscountError
        return kept

    async def get_locked(self, guild_id: int, discount_id: int) -> Kept:
        """As `get`; nobody else changes it, or gives a code of it out, until this transaction ends."""
        await self._tx.execute(
            select(DiscountRow.id)
            .where(DiscountRow.guild_id == guild_id, DiscountRow.id == discount_id)
            .with_for_update()
        )
        return await self.get(guild_id, discount_id)

    async def get_by_name(self, guild_id: int, name: str) -> Kept | None:
        """The guild's discount with that name, whatever its capitals."""
        return await self._get(DiscountRow.guild_id == guild_id, DiscountRow.name_key == name_key(name))

    async def _get(self, *conditions: Any) -> Kept | None:
        found = await self._tx.execute(
            select(DiscountRow, _IS_FILLED).where(*conditions).execution_options(populate_existing=True)
        )
        return next((Kept(_fact(row, filled), row.secret, row.owner_salt) for row, filled in found), None)

    async def list_all(self, guild_id: int, program_id: int | None = None) -> list[Discount]:
        """The guild's discounts, or those of one program, the newest first."""
        wanted = select(DiscountRow, _IS_FILLED).where(DiscountRow.guild_id == guild_id).order_by(DiscountRow.id.desc())
        if program_id is not None:
            wanted = wanted.where(DiscountRow.program_id == program_id)
        found = await self._tx.execute(wanted.execution_options(populate_existing=True))
        return [_fact(row, is_filled) for row, is_filled in found]

    async def list_paused_alone(self, guild_id: int) -> set[int]:
        """The ids of the discounts that are paused and were not by a host: only then does the log say why."""
        pauses = (AuditRow.guild_id == guild_id, AuditRow.action == AuditAction.PAUSE.value)
        latest = select(func.max(AuditRow.id)).where(*pauses).group_by(AuditRow.discount_id)
        found = await self._tx.scalars(
            select(DiscountRow.id)
            .join(AuditRow, AuditRow.discount_id == DiscountRow.id)
            .where(
                DiscountRow.guild_id == guild_id, DiscountRow.paused, AuditRow.id.in_(latest), AuditRow.details != ""
            )
        )
        return set(found)

    async def list_secrets(self, guild_id: int) -> dict[int, str]:
        """What everybody gets of the guild's discounts that are no pools, encrypted, by the id of the discount."""
        found = await self._tx.execute(
            select(DiscountRow.id, DiscountRow.secret).where(
                DiscountRow.guild_id == guild_id, DiscountRow.kind != CodeKind.POOL.value
            )
        )
        return {discount_id: secret for discount_id, secret in found if secret}

    async def count_claim(self, discount: Discount) -> bool:
        """One more code is given out, if there is one and the discount is as it was read. It is locked from then on."""
        is_pool = discount.kind is CodeKind.POOL
        result = await self._tx.execute(
            update(DiscountRow)
            .where(
                DiscountRow.guild_id == discount.guild_id, DiscountRow.id == discount.id,
                DiscountRow.revision == discount.revision,
                or_(DiscountRow.cap.is_(None), DiscountRow.claimed < DiscountRow.cap),
                DiscountRow.in_pool >= int(is_pool),
            )
            .values(claimed=DiscountRow.claimed + 1, in_pool=DiscountRow.in_pool - int(is_pool))
        )  # fmt: skip
        return changed_rows(result) == 1

    async def add_to_pool(self, discount: Discount, number: int) -> None:
        """That many codes more (or less) are free."""
        await self._tx.execute(
            update(DiscountRow)
            .where(DiscountRow.guild_id == discount.guild_id, DiscountRow.id == discount.id)
            .values(in_pool=DiscountRow.in_pool + number)
        )

    async def set_turn(self, discount: Discount, turns_at: datetime | None) -> None:
        """Its card next looks otherwise at that instant, by itself."""
        await self._tx.execute(
            update(DiscountRow)
            .where(DiscountRow.guild_id == discount.guild_id, DiscountRow.id == discount.id)
            .values(turns_at=turns_at)
        )

    async def list_turning(self, now: datetime) -> list[tuple[int, int]]:
        """Guild and id of the discounts whose card looks otherwise since then, the earliest first."""
        found = await self._tx.execute(
            select(DiscountRow.guild_id, DiscountRow.id)
            .where(DiscountRow.turns_at <= now)
            .order_by(DiscountRow.turns_at, DiscountRow.id)
        )
        return [(guild_id, discount_id) for guild_id, discount_id in found]

    async def list_turns(self) -> list[tuple[int, datetime]]:
        """Guild and instant of every turn to come, the earliest first."""
        found = await self._tx.execute(
            select(DiscountRow.guild_id, DiscountRow.turns_at)
            .where(DiscountRow.turns_at.is_not(None))
            .order_by(DiscountRow.turns_at)
        )
        return [(guild_id, at) for guild_id, at in found if at is not None]

    async def add_post(self, discount: Discount, channel_id: int, now: datetime) -> int:
        """A card of the discount is to stand in a channel. Its id."""
        row = DiscountPostRow(guild_id=discount.guild_id, discount_id=discount.id, channel_id=channel_id, posted_at=now)
        self._tx.add(row)
        await self._tx.flush()
        return row.id

    async def list_posts(self, discount: Discount, channel_id: int | None = None) -> list[int]:
        """The ids of the discount's cards, or of those in one channel, in the order in which they were posted."""
        wanted = select(DiscountPostRow.id).where(
            DiscountPostRow.guild_id == discount.guild_id, DiscountPostRow.discount_id == discount.id
        )
        if channel_id is not None:
            wanted = wanted.where(DiscountPostRow.channel_id == channel_id)
        return list(await self._tx.scalars(wanted.order_by(DiscountPostRow.id)))

    async def add_audit(
        self,
        guild_id: int,
        action: AuditAction,
        now: datetime,
        *,
        discount_id: int | None = None,
        actor_id: int | None = None,
        member_id: int | None = None,
        details: str = "",
    ) -> None:
        """Write down what was done."""
        self._tx.add(
            AuditRow(
                guild_id=guild_id, discount_id=discount_id, action=action.value, actor_id=actor_id,
                member_id=member_id, details=details[:1000], at=now,
            )
        )  # fmt: skip
        await self._tx.flush()

    async def list_audit(
        self, guild_id: int, discount_id: int | None, limit: int, before: int | None
    ) -> list[AuditEntry]:
        """What was done, the latest first; of one discount or of all; only entries with an id below `before`."""
        wanted = (
            select(AuditRow, DiscountRow.name)
            .outerjoin(DiscountRow, DiscountRow.id == AuditRow.discount_id)
            .where(AuditRow.guild_id == guild_id)
            .order_by(AuditRow.id.desc())
            .limit(limit)
        )
        if discount_id is not None:
            wanted = wanted.where(AuditRow.discount_id == discount_id)
        if before is not None:
            wanted = wanted.where(AuditRow.id < before)
        return [
            AuditEntry(
                row.id, row.at, AuditAction(row.action), row.discount_id, name or "", row.actor_id, row.member_id,
                row.details,
            )
            for row, name in (await self._tx.execute(wanted))
        ]  # fmt: skip

    async def count_audit(self, guild_id: int, member_id: int) -> int:
        """How many entries name a member."""
        counted = await self._tx.scalar(
            select(func.count()).where(
                AuditRow.guild_id == guild_id, or_(AuditRow.actor_id == member_id, AuditRow.member_id == member_id)
            )
        )
        return counted or 0

    async def list_created(self, guild_id: int, host_id: int) -> list[str]:
        """The names of the discounts a host created."""
        found = await self._tx.scalars(
            select(DiscountRow.name)
            .where(DiscountRow.guild_id == guild_id, DiscountRow.created_by_id == host_id)
            .order_by(DiscountRow.id)
        )
        return list(found)

    async def list_named(self, guild_id: int, after: int, most: int | None) -> set[int]:
        """Who created discounts or stands in the log: the lowest `most` ids above `after`, or more."""
        return await list_ids(self._tx, guild_id, _NAMING, after, most)

    async def forget(self, guild_id: int, member_id: int) -> None:
        """Name a member no longer as who created or did something."""
        # The newest first, as whoever else changes several at once: so nobody waits for one another.
        await self._tx.execute(
            select(DiscountRow.id)
            .where(DiscountRow.guild_id == guild_id, DiscountRow.created_by_id == member_id)
            .order_by(DiscountRow.id.desc())
            .with_for_update()
        )
        for column in _NAMING:
            table: Any = column.class_
            await self._tx.execute(
                update(table).where(table.guild_id == guild_id, column == member_id).values({column.key: None})
            )

    async def delete_guild(self, guild_id: int) -> None:
        """Keep nothing of a guild; its codes and claims go with its discounts."""
        for table in (AuditRow, DiscountPostRow, DiscountRow):
            await self._tx.execute(delete(table).where(table.guild_id == guild_id))


def name_key(name: str) -> str:
    """What makes two names the same."""
    return " ".join(name.casefold().split())[:160]


def _columns(draft: Draft) -> dict[str, Any]:
    starts, ends = draft.starts, draft.ends
    return {
        "program_id": draft.program_id, "name": draft.name, "name_key": name_key(draft.name), "kind": draft.kind.value,
        "percent": draft.percent, "amount_off": draft.amount_off, "currency": draft.currency,
        "starts_local": starts and starts.at, "starts_zone": starts and starts.zone,
        "starts_fold": starts.fold if starts else 0,
        "ends_local": ends and ends.at, "ends_zone": ends and ends.zone, "ends_fold": ends.fold if ends else 0,
        "cap": draft.cap, "note": draft.note, "conditions": json.dumps(to_plain(draft.conditions)),
    }  # fmt: skip


def _local(at: datetime | None, zone: str | None, fold: int) -> LocalTime | None:
    return None if at is None or zone is None else LocalTime(at, zone, fold)


def _fact(row: DiscountRow, is_filled: bool) -> Discount:
    return Discount(
        id=row.id, guild_id=row.guild_id, program_id=row.program_id, name=row.name, kind=CodeKind(row.kind),
        percent=row.percent, amount_off=row.amount_off, currency=row.currency,
        starts=_local(row.starts_local, row.starts_zone, row.starts_fold),
        ends=_local(row.ends_local, row.ends_zone, row.ends_fold),
        cap=row.cap, note=row.note, conditions=from_plain(json.loads(row.conditions)), paused=row.paused,
        ended_at=row.ended_at, claimed=row.claimed, in_pool=row.in_pool, created_by_id=row.created_by_id,
        revision=row.revision, is_filled=is_filled,
    )  # fmt: skip
