"""All SQL about by which key the codes are kept, and of keeping them by another one."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, update

from bot.db import Transaction
from bot.db.statements import insert
from bot.discounts.models import CodeRow, DiscountRow, VaultRow

_ONLY = 1
#: How many codes are kept anew at once.
BATCH = 500


class KeyRepository:
    """The codes' key in one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def get_key_id(self, *, lock: bool = False) -> str | None:
        """By which key the codes are kept; None before the first one.

        That does not change until the transaction ends; with `lock` nobody else reads it until then, either.
        """
        return await self._tx.scalar(select(VaultRow.key_id).where(VaultRow.id == _ONLY).with_for_update(read=not lock))

    async def add_key_id(self, key_id: str) -> None:
        """The first code will be kept by this key, unless another process said so of another key just now."""
        await self._tx.execute(insert(self._tx, VaultRow).values(id=_ONLY, key_id=key_id).on_conflict_do_nothing())

    async def set_key_id(self, key_id: str) -> None:
        """The codes are kept by another key from now on."""
        await self._tx.execute(update(VaultRow).where(VaultRow.id == _ONLY).values(key_id=key_id))

    async def count(self) -> int:
        """How many codes and links there are."""
        pool = await self._tx.scalar(select(func.count()).select_from(CodeRow))
        others = await self._tx.scalar(select(func.count()).where(DiscountRow.secret.is_not(None)))
        return (pool or 0) + (others or 0)

    async def rekey_discounts(self, again: Callable[[str], str]) -> None:
        """Keep the secrets of all discounts as `again` makes them."""
        found = await self._tx.execute(
            select(DiscountRow.id, DiscountRow.secret, DiscountRow.owner_salt).order_by(DiscountRow.id.desc())
        )
        for discount_id, secret, salt in found.all():
            await self._tx.execute(
                update(DiscountRow)
                .where(DiscountRow.id == discount_id)
                .values(secret=again(secret) if secret else None, owner_salt=again(salt))
            )

    async def rekey_codes(self, after: int, again: Callable[[str], tuple[str, str]]) -> int | None:
        """Keep the next codes as `again` makes them: the code and its fingerprint. The last id, None at the end."""
        found = await self._tx.execute(
            select(CodeRow.id, CodeRow.secret).where(CodeRow.id > after).order_by(CodeRow.id).limit(BATCH)
        )
        changes: list[dict[str, Any]] = []
        for code_id, kept in found:
            secret, fingerprint = again(kept)
            changes.append({"id": code_id, "secret": secret, "fingerprint": fingerprint})
        if not changes:
            return None
        await self._tx.execute(update(CodeRow), changes)
        return changes[-1]["id"]
