"""Codes from a file into a pool: looked over first, then all of them or none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.db import Database, DatabaseUnavailableError, Transaction
from bot.discounts import errors
from bot.discounts.card_service import CardService
from bot.discounts.claim_repository import ClaimRepository
from bot.discounts.code_files import CodeFile, read_codes
from bot.discounts.key_service import KeyService
from bot.discounts.report_rules import AuditAction, ImportPlan
from bot.discounts.repository import DiscountRepository
from bot.discounts.rules import CodeKind, Discount, counted
from bot.discounts.vault import Vault

#: Hears how many of how many codes are ready.
Progress = Callable[[int, int], Awaitable[None]]
#: So many codes are encrypted between two words about progress.
_AT_ONCE = 1000
#: How often an import begins anew because the key was changed in between.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Codes of a file: the `new` ones that no discount of the guild has, each with its fingerprint.

    So many others are `shared`, as everybody gets them of a discount, or are in the pool of another one, `elsewhere`.
    """

    vault: Vault
    new: list[tuple[str, str]] = field(repr=False)
    shared: int
    elsewhere: int


class ImportService:
    """Imports into pools."""

    def __init__(self, database: Database, keys: KeyService, cards: CardService) -> None:
        self._database = database
        self._keys = keys
        self._cards = cards

    async def plan(self, guild_id: int, discount_id: int, content: bytes) -> ImportPlan:
        """What an import of that file would do; nothing is written.

        Raises NoSuchDiscountError, NotAPoolError, AlreadyOverError where a host ended it, UnreadableFileError,
        ImportLineError, KeyUnavailableError.
        """
        file = await asyncio.to_thread(read_codes, content)
        found = await self._sort(guild_id, discount_id, file)
        return _plan(file, len(found.new), found)

    async def apply(
        self, guild_id: int, discount_id: int, content: bytes, host_id: int, now: datetime, progress: Progress
    ) -> ImportPlan:
        """Import the file: all of its codes that are not known, or none. What was done. Raises as `plan` does."""
        file = await asyncio.to_thread(read_codes, content)
        for _ in range(_TRIES):
            found = await self._sort(guild_id, discount_id, file)
            vault, new = found.vault, found.new
            ready: list[tuple[str, str]] = []
            for start in range(0, len(new), _AT_ONCE):
                # Thousands of codes keep a processor busy for seconds: in a thread, where nobody else waits for it.
                ready += await asyncio.to_thread(_encrypted, vault, new[start : start + _AT_ONCE])
                await progress(len(ready), len(new))
            added = await self._add(guild_id, discount_id, vault.key_id, ready, host_id, now)
            if added is not None:
                return _plan(file, added, found)
        raise DatabaseUnavailableError

    async def _sort(self, guild_id: int, discount_id: int, file: CodeFile) -> _Sorted:
        async with self._database.transaction() as tx:
            await self._keys.hold(tx)
            discount = await _pool(tx, guild_id, discount_id)
            vault = await self._keys.open(tx)
            shared = await _shared(tx, guild_id, vault)
        by_mark = await asyncio.to_thread(lambda: {vault.fingerprint(code): code for code in file.codes})
        async with self._database.transaction() as tx:
            known = await ClaimRepository(tx).list_codes(guild_id, list(by_mark))
        new = [(mark, code) for mark, code in by_mark.items() if mark not in known and mark not in shared]
        others = [mark for mark, (discount_id, _) in known.items() if discount_id != discount.id and mark not in shared]
        return _Sorted(vault, new, len(shared & by_mark.keys()), len(others))

    async def _add(
        self,
        guild_id: int,
        discount_id: int,
        key_id: str,
        ready: Sequence[tuple[str, str]],
        host_id: int,
        now: datetime,
    ) -> int | None:
        """How many codes were added; None, and none was, if the key was changed meanwhile."""
        async with self._database.transaction() as tx:
            discounts = DiscountRepository(tx)
            await discounts.hold_codes(guild_id)
            await self._keys.hold(tx)
            discount = await _pool(tx, guild_id, discount_id)
            vault = await self._keys.open(tx)
            if vault.key_id != key_id:
                return None
            shared = await _shared(tx, guild_id, vault)  # once more: a host may have made it meanwhile
            added = await ClaimRepository(tx).add_codes(discount, [each for each in ready if each[0] not in shared])
            await discounts.add_to_pool(discount, added)
            await discounts.add_audit(
                guild_id, AuditAction.IMPORT, now, discount_id=discount_id, actor_id=host_id,
                details=counted(added, "new code"),
            )  # fmt: skip
            await self._cards.redraw(tx, discount, now)
            return added


async def _pool(tx: Transaction, guild_id: int, discount_id: int) -> Discount:
    discount = (await DiscountRepository(tx).get_locked(guild_id, discount_id)).discount
    if discount.kind is not CodeKind.POOL:
        raise errors.NotAPoolError
    if discount.ended_at is not None:
        raise errors.AlreadyOverError(by_host=True)  # a code is taken once, and none of these could be had
    return discount


async def _shared(tx: Transaction, guild_id: int, vault: Vault) -> set[str]:
    """The fingerprints of what everybody gets of a discount: nobody has that for themselves, also when it is over."""
    secrets = (await DiscountRepository(tx).list_secrets(guild_id)).values()
    return {vault.fingerprint(vault.decrypt(kept)) for kept in secrets}


def _encrypted(vault: Vault, codes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(mark, vault.encrypt(code)) for mark, code in codes]


def _plan(file: CodeFile, new: int, found: _Sorted) -> ImportPlan:
    known = len(file.codes) - new - found.shared - found.elsewhere
    return ImportPlan(
        new, file.repeated, known, file.lines, file.is_titled, found.shared, file.spent, found.elsewhere
    )  # fmt: skip
