"""Processes that are killed while they work."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: A step of such a process is over well within this, even on a machine with other work.
PATIENCE = 60.0


async def killed(module: str, *words: str, after: float | None, says: bytes = b"ready\n") -> list[str]:
    """What the process said after `says` until it was killed so many seconds later, or until it ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    ready = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert ready == b"ready\n", (await process.stderr.read()).decode()
    while ready != says:
        ready = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    reading = asyncio.create_task(process.communicate())
    await asyncio.wait([reading], timeout=PATIENCE if after is None else after)
    if not reading.done():
        process.send_signal(signal.SIGKILL)
    said, complaints = await asyncio.wait_for(reading, PATIENCE)
    assert not complaints, complaints.decode()
    *lines, _cut_off = said.decode().split("\n")
    return lines
