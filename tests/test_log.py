"""Log lines, for people and for machines, without secrets."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot.app import secrets_of
from bot.config import Settings
from bot.log import BLACKED_OUT, configure

TOKEN, PASSWORD = "MTIz.very.secret", 'p"a\\ss/wörd'
SETTINGS = Settings(
    discord_token=TOKEN,  # type: ignore[arg-type]
    database_url="postgresql://me:p%22a%5Css%2Fw%C3%B6rd@there/db",  # type: ignore[arg-type]
)
log = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    chatty = {name: logging.getLogger(name).level for name in ("discord", "alembic", "aiosqlite", "asyncio")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in chatty.items():
        logging.getLogger(name).setLevel(before)


def test_text_has_one_line_per_fact(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "text", [])
    log.info("entry posted guild=%s", 1)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.endswith(" INFO    bot.test: entry posted guild=1\n")


def test_json_has_one_object_per_fact(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json", [])
    log.warning("entry posted guild=%s words=%s", 1, "zwei\nZeilen")
    (line,) = capsys.readouterr().err.splitlines()
    fact = json.loads(line)
    assert fact.pop("time").endswith("+00:00")
    assert fact == {"level": "WARNING", "logger": "bot.test", "event": "entry posted guild=1 words=zwei\nZeilen"}


def test_json_tells_of_an_exception(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "json", [])
    _fail("oh no")
    assert "ValueError: oh no" in json.loads(capsys.readouterr().err)["exception"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_token_and_the_password_never_appear(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", style, secrets_of(SETTINGS))  # type: ignore[arg-type]
    log.info("token=%s", TOKEN)
    log.info("password=%s in=%r", PASSWORD, {"a": TOKEN})
    _fail(f"cannot use {PASSWORD} and {TOKEN}")
    output = capsys.readouterr().err
    told = output if style == "text" else "".join(str(json.loads(line)) for line in output.splitlines())
    for secret in (TOKEN, PASSWORD, json.dumps(PASSWORD, ensure_ascii=False)[1:-1], "%22a%5Css"):
        assert secret not in output
        assert secret not in told
    assert output.count(BLACKED_OUT) >= 5


def test_the_database_address_hides_the_password_as_it_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "text", secrets_of(SETTINGS))
    log.info("cannot connect to %s", SETTINGS.database_url.get_secret_value())
    assert "%22a%5Css" not in capsys.readouterr().err


@pytest.mark.parametrize(("level", "heard"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_the_level_says_what_is_heard(level: str, heard: int, capsys: pytest.CaptureFixture[str]) -> None:
    configure(level, "text", [])
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        log.log(number, "fact")
    assert len(capsys.readouterr().err.splitlines()) == heard


def test_libraries_are_quiet_unless_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    configure("INFO", "text", [])
    for name in ("discord.gateway", "alembic.runtime", "aiosqlite"):
        logging.getLogger(name).info("chatter")
    assert capsys.readouterr().err == ""
    logging.getLogger("discord.gateway").warning("trouble")
    assert "trouble" in capsys.readouterr().err


def _fail(words: str) -> None:
    try:
        raise ValueError(words)
    except ValueError:
        log.exception("failed")
