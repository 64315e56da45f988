"""By which key the codes are kept, and changing it."""

from collections.abc import Sequence
from pathlib import Path

from bot.db import Database, Transaction
from bot.discounts.errors import KeyUnavailableError
from bot.discounts.key_repository import KeyRepository
from bot.discounts.vault import DEFAULT_FILE, KeyRing, Vault, new_key
from bot.errors import OperatorError


class KeyService:
    """The key to the codes of all guilds.

    It is one of `settings_keys`, or in a file beside the database, which is made on first use. The database knows by
    which key its codes are kept, so a wrong one is noticed before anything is done with it.
    """

    def __init__(self, database: Database, settings_keys: Sequence[str] = ()) -> None:
        self._database = database
        file = database.file
        self._ring = KeyRing(settings_keys, file.with_suffix(".key") if file is not None else DEFAULT_FILE)

    @property
    def file(self) -> Path | None:
        """Where the key is kept, or None where it is in the settings."""
        return None if self._ring.is_in_settings else self._ring.file

    async def hold(self, tx: Transaction) -> None:
        """Let the key stay the one it is until the transaction ends.

        This, or `open`, comes before a discount or a code is locked: a change of the key begins with it, too, and two
        that begin with different things wait for one another.
        """
        await KeyRepository(tx).get_key_id()

    async def open(self, tx: Transaction) -> Vault:
        """What opens and closes codes; it stays the right one until the transaction ends.

        Raises KeyUnavailableError where the key is missing or is not the right one.
        """
        try:
            return await self._open(tx)
        except OperatorError:
            raise KeyUnavailableError from None

    async def _open(self, tx: Transaction) -> Vault:
        keys = KeyRepository(tx)
        wanted = await keys.get_key_id()
        if wanted is None:
            await keys.add_key_id(Vault(self._ring.first()).key_id)
            wanted = await keys.get_key_id()
        vault = self._ring.vault(wanted or "")
        if vault is None:
            raise KeyUnavailableError
        return vault

    async def verify(self) -> str:
        """One sentence on where the key is. Raises OperatorError where it is missing or is not the right one."""
        async with self._database.transaction() as tx:
            wanted = await KeyRepository(tx).get_key_id()
        keys = self._ring.keys()
        if wanted is None:
            return "It will be made when the first code is kept." if not keys else f"It is in {self._place}."
        if self._ring.vault(wanted) is not None:
            return f"It is in {self._place}, and opens the codes."
        raise OperatorError(self._missing(bool(keys)))

    def _missing(self, has_keys: bool) -> str:
        if self._ring.is_in_settings:
            return (
                "The key in DISCOUNT_KEY is not the one the discount codes are kept by. Put the right one there, or "
                f"leave the setting empty if the key is in {self._ring.file}."
            )
        if has_keys:
            return (
                f"The key in {self._ring.file} is not the one the discount codes are kept by. Put the file back that "
                "belongs to this database; without it nobody can read the codes."
            )
        return (
            f"The key to the discount codes is missing: {self._ring.file} is not there, and DISCOUNT_KEY is empty. Put "
            "the file back; without it nobody can read the codes."
        )

    @property
    def _place(self) -> str:
        return "DISCOUNT_KEY" if self._ring.is_in_settings else str(self._ring.file)

    async def rotate(self) -> str:
        """Keep all codes by a new key, in one go. What was done, for the operator.

        Cut short at any moment everything works on: until the codes are kept by the new key the file holds both, and
        the database says which of them is in use. Raises OperatorError.
        """
        async with self._database.transaction() as tx:
            known, count = await KeyRepository(tx).get_key_id(), await KeyRepository(tx).count()
        keys = self._ring.keys()
        if known is None and not keys:
            return "There are no codes yet, so there is no key to change."
        old = self._key_in_use(known, keys)
        if self._ring.is_in_settings:
            return await self._rotate_settings(keys, old, count)
        # Where a change was cut short, its new key is there already and is used.
        new = keys[0] if keys[0] != old else new_key()
        self._ring.write([new, *(key for key in keys if key != new)])
        await self._keep_by(new, old)
        aside = [str(self._ring.keep_old(key)) for key in keys if key != new]
        self._ring.write([new])
        return (
            f"The {count:,} codes and links are kept by a new key now. It is in {self._ring.file}. What went before is "
            f"in {', '.join(aside)}: backups from before need it, so delete it together with them."
        )

    def _key_in_use(self, known: str | None, keys: Sequence[str]) -> str:
        if known is None:
            return keys[0]
        if self._ring.vault(known) is None:
            raise OperatorError(self._missing(bool(keys)))
        return next(key for key in keys if Vault(key).key_id == known)

    async def _rotate_settings(self, keys: Sequence[str], old: str, count: int) -> str:
        if keys[0] == old:
            raise OperatorError(
                "Your key is in DISCOUNT_KEY, which I leave alone. Put a new key in front of it, with a comma between "
                "both, restart the bot, and run this again. Here is one nobody had before: " + new_key()
            )
        await self._keep_by(keys[0], old)
        return (
            f"The {count:,} codes and links are kept by the first key in DISCOUNT_KEY now. Take the others out of it."
        )

    async def _keep_by(self, new: str, old: str) -> None:
        vault = Vault(new, [old])

        def again(kept: str) -> str:
            return vault.encrypt(vault.decrypt(kept))

        def code_again(kept: str) -> tuple[str, str]:
            code = vault.decrypt(kept)
            return vault.encrypt(code), vault.fingerprint(code)

        try:
            async with self._database.transaction() as tx:
                keys = KeyRepository(tx)
                if await keys.get_key_id(lock=True) not in (None, Vault(old).key_id):
                    raise OperatorError("Somebody else changed the key just now. Nothing was changed; look again.")
                await keys.rekey_discounts(again)
                after: int | None = 0
                while after is not None:
                    after = await keys.rekey_codes(after, code_again)
                await keys.set_key_id(vault.key_id)
        except KeyUnavailableError:
            raise OperatorError("Some codes are kept by a key I do not have, so I changed nothing.") from None
