"""What a process and its descendants take: memory without counting shared pages twice, and time of the processors."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

#: How often is looked, in seconds.
EVERY = 0.2


class Family:
    """This process and those that come from it, but for `without`. Where there is no /proc, everything is 0.

    `memory` is what they had together at most, in MiB: each page shared by several counts in parts (the proportional
    set size), and where the system does not tell that, the resident set. `seconds` is processor time since `watched`.
    """

    def __init__(self, without: int) -> None:
        self._without = without
        self._ticks: dict[int, int] = {}
        self._ticks_before: dict[int, int] = {}
        self.memory = 0.0

    @property
    def seconds(self) -> float:
        """The time all of them had a processor, those included that have ended since."""
        ticks = sum(used - self._ticks_before.get(pid, 0) for pid, used in self._ticks.items())
        return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again within the block, from a thread, so that the loop is not held up by it."""
        await asyncio.to_thread(self.look)
        self._ticks_before, self.memory = dict(self._ticks), 0.0
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.to_thread(self.look)

    async def _watch(self) -> None:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Take one sample."""
        together = 0.0
        for pid, ticks in self._members().items():
            self._ticks[pid] = ticks
            together += memory_of(pid)
        self.memory = max(self.memory, together)

    def _members(self) -> dict[int, int]:
        """The processor time of each member, by id."""
        parents: dict[int, int] = {}
        ticks: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # It has just ended.
                fields, pid = stat.read_text().rpartition(")")[2].split(), int(stat.parent.name)
                # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, less the two that stand before.
                parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        family = {os.getpid()} & parents.keys()
        while more := {pid for pid, parent in parents.items() if parent in family} - family - {self._without}:
            family |= more
        return {pid: ticks[pid] for pid in family}


def memory_of(pid: int) -> float:
    """What one process takes, in MiB; 0 where there is no /proc."""
    for file, name in (("smaps_rollup", "Pss"), ("status", "VmRSS")):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(f"{name}:"):
                    return int(line.split()[1]) / 1024
    return 0.0
