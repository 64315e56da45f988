"""`python -m tests.loopback --flood N`: the stub in a process of its own, for benchmarks."""

from __future__ import annotations

import argparse
import asyncio
import contextlib

from tests.loopback.flood import Flood, serve


def main() -> None:
    """Reads the arguments and serves until interrupted; the first line printed is the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--flood", type=int, default=0, metavar="N", help="messages per round")
    parser.add_argument("--warm-up", type=int, default=500, help="messages before those")
    parser.add_argument("--burst", type=int, default=1, help="messages per write")
    parser.add_argument("--pause", type=float, default=0.0003, help="seconds between bursts")
    parser.add_argument("--rounds", type=int, default=5, help="how often that")
    parser.add_argument("--settle", type=float, default=0.3, help="seconds before the first message")
    parser.add_argument("--lively", action="store_true", help="messages that count as taking part")
    parser.add_argument("--rest", type=float, default=0.02, help="seconds around each marker")
    chosen = parser.parse_args()
    flood = Flood(
        chosen.flood,
        rounds=chosen.rounds,
        warm_up=chosen.warm_up,
        burst=chosen.burst,
        pause=chosen.pause,
        settle=chosen.settle,
        lively=chosen.lively,
        rest=chosen.rest,
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(flood, port=chosen.port))


if __name__ == "__main__":
    main()
