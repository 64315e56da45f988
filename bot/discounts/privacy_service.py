"""What discounts keep about a member: told, and forgotten. That a code is taken stays, without whose it is."""

from datetime import datetime

from bot.db import Transaction
from bot.discounts.claim_repository import ClaimRepository
from bot.discounts.claim_service import ClaimService
from bot.discounts.key_service import KeyService
from bot.discounts.report_repository import ReportRepository
from bot.discounts.repository import DiscountRepository


class DiscountPrivacyService:
    """The keeper of codes and of the log."""

    def __init__(self, claims: ClaimService, keys: KeyService) -> None:
        self._claims = claims
        self._keys = keys

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is kept about a member; the codes themselves are shown by `/code mine`."""
        claims, discounts = ClaimRepository(tx), DiscountRepository(tx)
        names = {each.id: each.name for each in await discounts.list_all(guild_id)}
        codes = [
            {
                "discount": names[held.discount_id], "claimed": held.claimed_at.isoformat(),
                "taken back": held.revoked_at and held.revoked_at.isoformat(),
            }
            for held in await claims.list_claims(guild_id, member_id)
        ]  # fmt: skip
        told: dict[str, object] = {
            "codes": codes, "named by a host for": await claims.list_grants(guild_id, member_id),
            "discounts looked at": await claims.count_looks(guild_id, member_id),
            "wants no codes": await claims.has_opted_out(guild_id, member_id),
            "discounts created": await discounts.list_created(guild_id, member_id),
            "entries about you in the log of discounts": await discounts.count_audit(guild_id, member_id),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Whom codes, discounts and the log name."""
        return await ClaimRepository(tx).list_people(guild_id, after, most) | await DiscountRepository(tx).list_named(
            guild_id, after, most
        )

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Name a member nowhere any more; their codes stay taken, and the log stays without them."""
        self._claims.forget_attempts(guild_id, member_id)
        await self._keys.hold(tx)
        await DiscountRepository(tx).forget(guild_id, member_id)
        await ClaimRepository(tx).forget(guild_id, member_id)

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Keep nothing of a guild."""
        await self._keys.hold(tx)
        await ReportRepository(tx).delete_guild(guild_id)
        await ClaimRepository(tx).delete_guild(guild_id)
        await DiscountRepository(tx).delete_guild(guild_id)
