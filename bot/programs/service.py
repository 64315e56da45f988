"""What happens to programs, their prices and their recordings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.db import Database, Transaction
from bot.programs import rules
from bot.programs.errors import (
    ArchivedError,
    BadLinkError,
    EndsBeforeStartError,
    LabelTakenError,
    NamelessError,
    NoSuchPriceError,
    NoSuchProgramError,
    NoSuchRecordingError,
    SameRecordingError,
    TooManyError,
    UnreadableLengthError,
)
from bot.programs.repository import ProgramRepository
from bot.programs.rules import Draft, Price, Program, Recording

#: Hears, in the transaction that does it, that a guild's program or one of its prices is another one from now on.
ChangedListener = Callable[[Transaction, int, int], Awaitable[None]]
#: Looks, in the transaction that does it, at what everybody is to read of a guild's program, by where it stands; raises
#: what stands in the way.
EditCheck = Callable[[Transaction, int, int, Mapping[str, str]], Awaitable[None]]


class ProgramService:
    """A guild's programs. Every method raises NoSuchProgramError where it is given one that the guild does not have.

    `changed_listeners` are told of each change that shows outside: name, texts, link, prices, archived or not.
    `edit_checks` may refuse what a host wrote.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.changed_listeners: list[ChangedListener] = []
        self.edit_checks: list[EditCheck] = []

    async def create(self, guild_id: int, draft: Draft, now: datetime) -> Program:
        """A new program. Raises NamelessError, BadLinkError, NameTakenError, TooManyError."""
        draft = _checked(draft)
        async with self._database.transaction() as tx:
            programs = ProgramRepository(tx)
            if await programs.count_programs(guild_id) >= rules.MOST_PROGRAMS:
                way_on = "Archived ones count, too. `/program edit` makes one of them into another one."
                raise TooManyError("programs", rules.MOST_PROGRAMS, way_on)
            return _there(await programs.get_program(guild_id, await programs.add_program(guild_id, draft, now)))

    async def edit(self, guild_id: int, program_id: int, draft: Draft) -> Program:
        """Write a program anew.

        Raises NamelessError, BadLinkError, NameTakenError, ArchivedError, and what `edit_checks` raise.
        """
        draft = _checked(draft)
        async with self._database.transaction() as tx:
            await ProgramRepository(tx).lock(guild_id, program_id)
            await self._open(tx, guild_id, program_id)
            await self._look_over(tx, guild_id, program_id, rules.public_texts(draft))
            await ProgramRepository(tx).change_program(guild_id, program_id, draft)
            return await self._changed(tx, guild_id, program_id)

    async def archive(self, guild_id: int, program_id: int, now: datetime) -> Program:
        """Put a program away: members do not see it any more, and nothing of it is lost."""
        return await self._set_archived(guild_id, program_id, now)

    async def restore(self, guild_id: int, program_id: int) -> Program:
        """Bring an archived program back."""
        return await self._set_archived(guild_id, program_id, None)

    async def _set_archived(self, guild_id: int, program_id: int, at: datetime | None) -> Program:
        async with self._database.transaction() as tx:
            await ProgramRepository(tx).lock(guild_id, program_id)
            program = _there(await self.get_in(tx, guild_id, program_id))
            if (program.archived_at is None) == (at is None):
                return program
            await ProgramRepository(tx).mark_archived(guild_id, program_id, at)
            return await self._changed(tx, guild_id, program_id)

    async def get(self, guild_id: int, program_id: int) -> Program:
        """The program, archived or not."""
        async with self._database.transaction() as tx:
            return _there(await self.get_in(tx, guild_id, program_id))

    async def get_in(self, tx: Transaction, guild_id: int, program_id: int) -> Program | None:
        """The program as part of a larger transaction, archived or not; None where there is no such one."""
        return await ProgramRepository(tx).get_program(guild_id, program_id)

    async def hold(self, tx: Transaction, guild_id: int, program_id: int) -> None:
        """Let the program and its prices stay as they are until the transaction ends.

        Whoever makes something of a program begins with it, before anything else is locked: a change of the program
        holds the program first, too, and then looks at what was made of it.
        """
        await ProgramRepository(tx).lock(guild_id, program_id, to_read=True)

    async def list_active(self, guild_id: int) -> list[Program]:
        """The programs that are not archived, by name."""
        async with self._database.transaction() as tx:
            return await ProgramRepository(tx).list_programs(guild_id)

    async def list_all(self, guild_id: int) -> list[Program]:
        """All programs by name, the archived ones after the others."""
        async with self._database.transaction() as tx:
            return await ProgramRepository(tx).list_programs(guild_id, archived=True)

    async def with_role(self, guild_id: int, role_id: int) -> Program | None:
        """A program whose participants wear this role, if there is one."""
        every = await self.list_all(guild_id)
        return next((program for program in every if program.role_id == role_id), None)

    async def check_price(self, guild_id: int, program_id: int, price: Price, replacing: str | None = None) -> Program:
        """The program, if `put_price` would take the price; raises what that would, and writes nothing."""
        async with self._database.transaction() as tx:
            return await self._check_price(tx, guild_id, program_id, price, replacing)

    async def put_price(self, guild_id: int, program_id: int, price: Price, replacing: str | None = None) -> Program:
        """Give a program one more price, or another one in the place of that with the label `replacing`.

        Raises NamelessError, EndsBeforeStartError, LabelTakenError, NoSuchPriceError, TooManyError, ArchivedError,
        and what `edit_checks` raise.
        """
        async with self._database.transaction() as tx:
            programs = ProgramRepository(tx)
            await programs.lock(guild_id, program_id)
            await self._check_price(tx, guild_id, program_id, price, replacing)
            if replacing is None:
                await programs.add_price(guild_id, program_id, price)
            else:
                await programs.change_price(guild_id, program_id, replacing, price)
            return await self._changed(tx, guild_id, program_id)

    async def _check_price(
        self, tx: Transaction, guild_id: int, program_id: int, price: Price, replacing: str | None
    ) -> Program:
        program = await self._open(tx, guild_id, program_id)
        if not rules.key(price.label):
            raise NamelessError("name of the price")
        if price.begins >= price.ends:
            raise EndsBeforeStartError
        if replacing is not None and program.price(replacing) is None:
            raise NoSuchPriceError
        is_its_own = replacing is not None and rules.key(replacing) == rules.key(price.label)
        if program.price(price.label) is not None and not is_its_own:
            raise LabelTakenError(price.label)
        if replacing is None and len(program.prices) >= rules.MOST_PRICES:
            raise TooManyError("prices", rules.MOST_PRICES, "Remove or change one of them.")
        await self._look_over(tx, guild_id, program_id, {"name of the price": price.label})
        return program

    async def _look_over(self, tx: Transaction, guild_id: int, program_id: int, texts: Mapping[str, str]) -> None:
        for check in self.edit_checks:
            await check(tx, guild_id, program_id, texts)

    async def remove_price(self, guild_id: int, program_id: int, label: str) -> Program:
        """Take a price from a program. Raises NoSuchPriceError, ArchivedError."""
        async with self._database.transaction() as tx:
            programs = ProgramRepository(tx)
            await programs.lock(guild_id, program_id)
            if (await self._open(tx, guild_id, program_id)).price(label) is None:
                raise NoSuchPriceError
            await programs.delete_price(guild_id, program_id, label)
            return await self._changed(tx, guild_id, program_id)

    async def list_recordings(self, guild_id: int, program_id: int) -> list[Recording]:
        """A program's recordings in the order they were added. Who may see them is for the caller to check."""
        async with self._database.transaction() as tx:
            return await ProgramRepository(tx).list_recordings(guild_id, program_id)

    async def add_recording(
        self, guild_id: int, program_id: int, title: str, link: str, length: str, passcode: str = ""
    ) -> Recording:
        """Keep a recording as it was typed.

        Raises NamelessError, BadLinkError, UnreadableLengthError, SameRecordingError, TooManyError, ArchivedError.
        """
        recording = _recording(title, link, length, passcode)
        async with self._database.transaction() as tx:
            programs = ProgramRepository(tx)
            await programs.lock(guild_id, program_id)
            await self._open(tx, guild_id, program_id)
            known = await programs.list_recordings(guild_id, program_id)
            if len(known) >= rules.MOST_RECORDINGS:
                raise TooManyError("recordings", rules.MOST_RECORDINGS, "Remove one of them first.")
            if any(rules.is_same(recording, other) for other in known):
                raise SameRecordingError(recording.title)
            return replace(recording, id=await programs.add_recording(guild_id, program_id, recording))

    async def remove_recording(self, guild_id: int, program_id: int, recording_id: int) -> Recording:
        """Take a recording from a program, archived or not. The recording. Raises NoSuchRecordingError."""
        async with self._database.transaction() as tx:
            programs = ProgramRepository(tx)
            for recording in await programs.list_recordings(guild_id, program_id):
                if recording.id == recording_id:
                    await programs.delete_recording(guild_id, program_id, recording_id)
                    return recording
        raise NoSuchRecordingError

    async def tell(self, tx: Transaction, guild_id: int, member_id: int) -> dict[str, object]:
        """What is kept about a member: nothing."""
        return {}

    async def named(self, tx: Transaction, guild_id: int, after: int, most: int | None) -> set[int]:
        """Nothing is kept about members."""
        return set()

    async def forget(self, tx: Transaction, guild_id: int, member_id: int, now: datetime) -> None:
        """Nothing is kept about a member."""

    async def forget_guild(self, tx: Transaction, guild_id: int) -> None:
        """Delete everything that is stored about a guild."""
        await ProgramRepository(tx).delete_guild(guild_id)

    async def _open(self, tx: Transaction, guild_id: int, program_id: int) -> Program:
        program = _there(await self.get_in(tx, guild_id, program_id))
        if program.archived_at is not None:
            raise ArchivedError(program.name)
        return program

    async def _changed(self, tx: Transaction, guild_id: int, program_id: int) -> Program:
        for listener in self.changed_listeners:
            await listener(tx, guild_id, program_id)
        return _there(await self.get_in(tx, guild_id, program_id))


def _there(program: Program | None) -> Program:
    if program is None:
        raise NoSuchProgramError
    return program


def _checked(draft: Draft) -> Draft:
    draft = rules.tidied(draft)
    if not draft.name:
        raise NamelessError("name of the program")
    if not draft.register_url.strip():
        return replace(draft, register_url="")
    link = rules.checked_link(draft.register_url, rules.LONGEST_URL)
    if link is None:
        raise BadLinkError("link to register")
    return replace(draft, register_url=link)


def _recording(title: str, link: str, length: str, passcode: str) -> Recording:
    name = " ".join(title.split())
    if not name:
        raise NamelessError("title")
    address = rules.checked_link(link, rules.LONGEST_LINK)
    if address is None:
        raise BadLinkError("link of the recording")
    lasts = rules.read_length(length)
    if lasts is None:
        raise UnreadableLengthError
    return Recording(0, name, address, lasts, " ".join(passcode.split()))
