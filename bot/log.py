"""Logging: one line per fact, as text for people or JSON for machines, with the token always blacked out."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

BLACKED_OUT = "[hidden]"


def configure(level: str, style: Literal["text", "json"], secrets: list[str]) -> None:
    """Send all logging to standard error in `style`; any text in `secrets` is blacked out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(secrets) if style == "json" else _TextFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # At INFO these tell of every reconnect or migration step, which buries the bot's own facts.
    for chatty in ("discord", "alembic", "aiosqlite", "asyncio"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


class _Discreet(logging.Formatter):
    def __init__(self, secrets: list[str], layout: str | None = None) -> None:
        super().__init__(layout)
        self._secrets = [secret for secret in secrets if secret]

    def discreet(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, BLACKED_OUT)
        return text


class _TextFormatter(_Discreet):
    def __init__(self, secrets: list[str]) -> None:
        super().__init__(secrets, "%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return self.discreet(super().format(record))


class _JsonFormatter(_Discreet):
    def format(self, record: logging.LogRecord) -> str:
        fact = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            fact["exception"] = self.formatException(record.exc_info)
        # Before the escaping, which would change how a secret with quotes in it looks.
        return json.dumps({name: self.discreet(text) for name, text in fact.items()}, ensure_ascii=False)
