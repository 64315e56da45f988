"""What a message costs our bot, next to the empty bot of discord.py: one nobody needs, and one that counts.

`python -m tests.benchmarks.message_cost` floods one bot after the other over loopback sockets, in turns, and
compares the processor time of the process they run in, which the flood does not come from. Seconds differ from machine
to machine; the ratio within a pair of neighbouring runs is what the claim is about.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bot.engagement.tally import BATCH
from tests.loopback.flood import Flood

ROOT = Path(__file__).parents[2]
HAS_UVLOOP = find_spec("uvloop") is not None

STEADY = Flood(messages=2000, rounds=7, burst=50, pause=0.004)
"""Messages in bursts: wake-ups are shared, and what is left is the bot's own work."""
EVERYDAY = Flood(messages=600, rounds=7, burst=1, pause=0.0003)
"""Message by message: the cost of waking up is in it, for both bots alike. Noisier."""
QUICK = Flood(messages=300, rounds=8, warm_up=300, burst=50, pause=0.002, settle=0.1)
"""The first kind again, short enough for a test."""
COUNTED = Flood(messages=BATCH, rounds=7, burst=50, pause=0.004, lively=True, rest=0.3)
"""Messages of which each one counts, and is on disk in the end: in each round as many as go there together."""
QUICK_COUNTED = Flood(messages=BATCH, rounds=3, warm_up=1000, burst=50, pause=0.002, settle=0.1, lively=True, rest=0.1)
"""The same, short enough for a test."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A bot and the event loop it runs in."""

    bot: str
    uvloop: bool = False

    def __str__(self) -> str:
        return self.bot + ("+uvloop" if self.uvloop else "")


STOCK = Contestant("stock")
# `bot.app` runs the bot on uvloop wherever that is installed.
OURS = Contestant("ours", HAS_UVLOOP)
COUNTING = Contestant("counting", HAS_UVLOOP)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Microseconds per message of a contestant and of the stock bot, run for run."""

    contestant: Contestant
    costs: list[float]
    stock_costs: list[float]

    @property
    def ratios(self) -> list[float]:
        """The cost as a part of the stock bot's, in each turn."""
        return [cost / stock for cost, stock in zip(self.costs, self.stock_costs, strict=True)]

    @property
    def best(self) -> float:
        """The least cost as a part of the stock bot's least: what else a machine does only adds to either."""
        return min(self.costs) / min(self.stock_costs)


def compare(flood: Flood, *contestants: Contestant, turns: int) -> list[Comparison]:
    """Lets the stock bot and the contestants run in turns."""
    everyone = (STOCK, *contestants)
    found = costs(flood, everyone, turns)
    costs_of = {contestant: found[place :: len(everyone)] for place, contestant in enumerate(everyone)}
    return [Comparison(contestant, costs_of[contestant], costs_of[STOCK]) for contestant in contestants]


def costs(flood: Flood, everyone: tuple[Contestant, ...], turns: int) -> list[float]:
    """Microseconds of processor time per message in each run, turn by turn: those of its least disturbed round."""
    with flooding(flood) as url:
        command = [sys.executable, "-m", "tests.benchmarks.contestant", url, *map(str, everyone)]
        command += ["--rounds", str(flood.rounds), "--turns", str(turns)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"the contest did not finish:\n{done.stderr}")
    return [min(json.loads(run)) / flood.messages * 1e6 for run in done.stdout.splitlines()]


@contextmanager
def flooding(flood: Flood) -> Iterator[str]:
    """Serves the flood from a process of its own. Yields its address."""
    command = [sys.executable, "-m", "tests.loopback", "--flood", str(flood.messages)]
    for name in ("rounds", "warm_up", "burst", "pause", "settle", "rest"):
        command += [f"--{name.replace('_', '-')}", str(getattr(flood, name))]
    if flood.lively:
        command.append("--lively")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def table_of(comparisons: list[Comparison], title: str) -> Table:
    """The comparisons, one per line."""
    table = Table("bot", "µs per message", "median ratio", "min", "max", "turns", title=title)
    table.add_row(str(STOCK), f"{median(comparisons[0].stock_costs):.1f}", "1.00", "", "", "")
    for one in comparisons:
        numbers = [f"{value:.2f}" for value in (median(one.ratios), min(one.ratios), max(one.ratios))]
        table.add_row(str(one.contestant), f"{median(one.costs):.1f}", *numbers, str(len(one.ratios)))
    return table


def main() -> None:
    """Runs each kind of flood and prints a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    turns = parser.parse_args().turns
    contestants = [OURS] + ([Contestant("stock", True), Contestant("ours")] if HAS_UVLOOP else [])
    for name, flood in (("in bursts", STEADY), ("one by one", EVERYDAY)):
        messages = flood.messages * flood.rounds
        comparisons = compare(flood, *contestants, turns=turns)
        Console().print(table_of(comparisons, f"{messages} messages a run, {name}"))
    messages = COUNTED.messages * COUNTED.rounds
    comparisons = compare(COUNTED, COUNTING, turns=turns)
    Console().print(table_of(comparisons, f"{messages} messages a run, each counted and on disk in the end"))


if __name__ == "__main__":
    main()
