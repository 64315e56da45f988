"""Starts the real rehearsal in a process of its own, as `python3 run.py rehearse` does."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

ROOT = Path(__file__).parents[2]
START = "import sys; from bot.rehearsal import main; sys.exit(main({port!r}, open_browser=False))"
STARTS_WITHIN = 60


@contextmanager
def start(port: int | None = None, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The rehearsal's process, which does not outlive what is done with it."""
    process = subprocess.Popen(
        [sys.executable, "-c", START.format(port=port)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | environment,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()  # Without effect on one that has ended.


@contextmanager
def rehearsal() -> Iterator[str]:
    """The address of a running rehearsal."""
    with start() as process:
        watchdog = threading.Timer(STARTS_WITHIN, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            watchdog.cancel()
            if "http://" not in line:
                raise AssertionError(process.stderr.read())
            yield line.split()[-1]
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a GET; names like `x_rehearsal` become `X-Rehearsal`."""
    return _send(urllib.request.Request(url, headers=_named(headers)))


def post(url: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """Status and answer of a POST as our page sends it."""
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    status, _, answer = _send(urllib.request.Request(url, data=data, headers=_named({"x_rehearsal": "1"} | headers)))
    try:
        return status, json.loads(answer)
    except ValueError:
        return status, answer.decode()


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items() if value}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


def _send(request: urllib.request.Request) -> tuple[int, dict[str, str], bytes]:
    try:
        with _opener.open(request, timeout=240) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as answer:
        return answer.code, dict(answer.headers), answer.read()
