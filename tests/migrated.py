"""A migrated, empty SQLite file in no time: migrated once in each test process, and copied from then on."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.db import Database
from bot.db.upgrade import upgrade

_template: bytes | None = None


async def lay_out(file: Path) -> None:
    """Put a migrated, empty database at `file`."""
    global _template
    if _template is None:
        _template = await _migrated()
    file.write_bytes(_template)


async def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="tribekeeper-") as folder:
        file = Path(folder) / "template.db"
        database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
        await upgrade(database, backup_dir=Path(folder), backups_kept=1, now=datetime.now(UTC))
        await database.close()
        return file.read_bytes()
