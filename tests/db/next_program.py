"""The version of the program that will come after this one: a copy of it with more migrations, run as itself."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MIGRATION = '''\
"""A later change"""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{previous}"


def upgrade() -> None:
{body}
'''

UPGRADE = """\
import asyncio, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy.engine import make_url
from bot.db import Database
from bot.db.upgrade import upgrade
from bot.errors import OperatorError

async def main(address, backup_dir, kept, now):
    database = Database(make_url(address))
    try:
        await upgrade(
            database, backup_dir=Path(backup_dir), backups_kept=int(kept), now=datetime.fromisoformat(now)
        )
    finally:
        await database.close()

try:
    asyncio.run(main(*sys.argv[1:]))
except OperatorError as error:
    sys.exit(error.message)
"""

#: What a change of a column looks like: on SQLite it makes the table anew.
CHANGE_A_COLUMN = """\
    with op.batch_alter_table("communities") as table:
        table.alter_column("name", type_=sa.String(200), existing_nullable=False)
"""


class NextProgram:
    """A later version of the program in `folder`; each `body` is one more migration."""

    def __init__(self, folder: Path, previous: str, *bodies: str) -> None:
        self._folder = folder
        shutil.copytree(ROOT / "bot", folder / "bot", ignore=shutil.ignore_patterns("__pycache__", "rehearsal"))
        versions = folder / "bot" / "migrations" / "versions"
        for number, body in enumerate(bodies, start=1):
            revision = f"later{number}"
            migration = MIGRATION.format(revision=revision, previous=previous, body=body)
            (versions / f"{revision}.py").write_text(migration)
            previous = revision
        self.newest = previous

    def upgrade(self, address: str, backup_dir: Path, kept: int, now: str) -> str:
        """Migrate a database. What stood on the terminal, empty if all went well."""
        done = subprocess.run(
            [sys.executable, "-c", UPGRADE, address, str(backup_dir), str(kept), now],
            cwd=self._folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) == (done.stderr == ""), done.stderr
        return done.stderr.strip()
