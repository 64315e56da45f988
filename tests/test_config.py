"""Settings: where they come from, and what an operator reads when one is wrong."""

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_core import PydanticUndefined

from bot.app import secrets_of
from bot.config import Settings, ShardRange, load_settings
from bot.errors import OperatorError

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "MTIz.very.secret"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def refusal_of(env_file: Path) -> str:
    with pytest.raises(OperatorError) as refused:
        load_settings(env_file)
    message = refused.value.message
    assert "\n" not in message
    assert message.endswith((".", "?"))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return message


def test_without_a_file_everything_has_its_default(env_file: Path) -> None:
    settings = load_settings(env_file)
    assert settings.discord_token.get_secret_value() == ""
    assert settings.database.render_as_string() == "sqlite+aiosqlite:///data/tribekeeper.db"
    assert settings.shards is None


def test_settings_are_read_from_the_file(env_file: Path) -> None:
    env_file.write_text(f"# mine\n\nDISCORD_TOKEN={TOKEN}\nexport LOG_LEVEL='debug'\nBACKUPS_KEPT=\n")
    settings = load_settings(env_file)
    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.log_level == "DEBUG"
    assert settings.backups_kept == 5


def test_the_environment_goes_before_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("LOG_FORMAT=json\nLOG_LEVEL=ERROR\nBACKUPS_KEPT=3\n")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    monkeypatch.setenv("BACKUPS_KEPT", "")
    settings = load_settings(env_file)
    assert (settings.log_level, settings.log_format, settings.backups_kept) == ("WARNING", "json", 3)


def test_a_file_from_windows_may_begin_with_a_byte_order_mark(env_file: Path) -> None:
    env_file.write_bytes(b"\xef\xbb\xbfDISCORD_TOKEN=abc\r\nLOG_LEVEL=INFO\r\n")
    assert load_settings(env_file).discord_token.get_secret_value() == "abc"


def test_a_file_that_is_a_folder_is_explained(env_file: Path) -> None:
    env_file.mkdir()
    assert str(env_file) in refusal_of(env_file)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_explained(env_file: Path, encoding: str) -> None:
    env_file.write_bytes(f"DISCORD_TOKEN={TOKEN}ü".encode(encoding))
    message = refusal_of(env_file)
    assert str(env_file) in message
    assert "UTF-8" in message
    assert TOKEN not in message


def test_a_line_that_sets_nothing_is_named_by_its_number(env_file: Path) -> None:
    env_file.write_text(f"LOG_LEVEL=INFO\n\n{TOKEN}\n")
    message = refusal_of(env_file)
    assert message.startswith(f"Line 3 of {env_file}")
    assert TOKEN not in message


def test_a_file_nobody_may_read_is_explained(env_file: Path) -> None:
    env_file.write_text(f"DISCORD_TOKEN={TOKEN}\n")
    env_file.parent.chmod(0o755)
    env_file.chmod(0o000)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        message = refusal_of(env_file)
    finally:
        if is_root:
            os.seteuid(0)
    assert str(env_file) in message
    assert "permission denied" in message


def test_an_unknown_setting_is_answered_with_the_near_one(env_file: Path) -> None:
    env_file.write_text(f"DISCORD_TOKN={TOKEN}\n")
    message = refusal_of(env_file)
    assert "DISCORD_TOKN" in message
    assert "Did you mean DISCORD_TOKEN?" in message
    assert TOKEN not in message


def test_an_unknown_setting_like_no_other_is_sent_to_the_list(env_file: Path) -> None:
    env_file.write_text("FAVOURITE_COLOUR=blue\n")
    message = refusal_of(env_file)
    assert "FAVOURITE_COLOUR" in message
    assert ".env.example" in message
    assert "blue" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "x-m-l"),
        ("BACKUPS_KEPT", "manny"),
        ("BACKUPS_KEPT", "98765"),
        ("SHARD_COUNT", "-98765"),
        ("SHARD_IDS", "98765,zero"),
        ("DATABASE_URL", "98765"),
        ("DATABASE_URL", "mysql://me:98765@there/db"),
        ("DATABASE_URL", "postgresql://me:98765@there:98765x/db"),
    ],
)
@pytest.mark.parametrize("source", ["file", "environment"])
def test_a_bad_value_names_its_setting_and_is_not_repeated(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, source: str
) -> None:
    lines = {name: value} | ({"SHARD_COUNT": "4"} if name == "SHARD_IDS" else {})
    if source == "file":
        env_file.write_text("".join(f"{key}={text}\n" for key, text in lines.items()))
    for key, text in lines.items() if source == "environment" else ():
        monkeypatch.setenv(key, text)
    message = refusal_of(env_file)
    assert f"The setting {name} cannot be used" in message
    assert "98765" not in message
    assert value not in message


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///data/x.db", "sqlite+aiosqlite"),
        ("sqlite:////srv/x.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@host/db", "postgresql+asyncpg"),
        ("postgres://u:p@host/db", "postgresql+asyncpg"),
        ("postgresql+psycopg2://u:p@host/db", "postgresql+asyncpg"),
    ],
)
def test_a_database_address_gets_its_asynchronous_driver(address: str, driver: str) -> None:
    assert Settings(database_url=SecretStr(address)).database.drivername == driver


def test_sslmode_is_told_to_the_driver_in_its_own_word() -> None:
    url = Settings(database_url=SecretStr("postgresql://u:p@host/db?sslmode=require")).database
    assert dict(url.query) == {"ssl": "require"}


@pytest.mark.parametrize(
    ("count", "ids", "expected"),
    [("4", "0, 1", (0, 1)), ("4", "3", (3,)), ("4", "", None), ("", "", None)],
)
def test_a_process_runs_the_shards_it_was_given(
    env_file: Path, count: str, ids: str, expected: tuple[int, ...] | None
) -> None:
    env_file.write_text(f"SHARD_COUNT={count}\nSHARD_IDS={ids}\n")
    shards = load_settings(env_file).shards
    assert (shards and shards.ids) == expected


@pytest.mark.parametrize("ids", ["4", "0,4", "-1", "1,1"])
def test_shard_ids_outside_the_count_are_refused(env_file: Path, ids: str) -> None:
    env_file.write_text(f"SHARD_COUNT=4\nSHARD_IDS={ids}\n")
    message = refusal_of(env_file)
    assert "SHARD_IDS" in message
    assert "from 0 to 3" in message


def test_shard_ids_without_a_count_are_refused(env_file: Path) -> None:
    env_file.write_text("SHARD_IDS=0,1\n")
    message = refusal_of(env_file)
    assert "SHARD_IDS" in message
    assert "SHARD_COUNT" in message


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.log_level = "DEBUG"  # type: ignore[misc]


def test_settings_do_not_show_their_secrets_when_printed() -> None:
    settings = Settings(discord_token=SecretStr(TOKEN), database_url=SecretStr("postgresql://u:hush@h/d"))
    assert TOKEN not in repr(settings)
    assert "hush" not in repr(settings)


def test_the_example_documents_every_setting_once_with_its_default(env_file: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, flags=re.MULTILINE))
    assert len(re.findall(r"^#?[A-Z_]+=", text, flags=re.MULTILINE)) == len(documented)
    defaults = {name.upper(): _as_text(field.default) for name, field in Settings.model_fields.items()}
    assert documented == defaults


def test_the_example_can_be_used_as_it_stands(env_file: Path) -> None:
    env_file.write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_settings(env_file) == Settings()


def test_every_line_of_the_example_can_be_uncommented(env_file: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    env_file.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert load_settings(env_file) == Settings()


def _as_text(default: object) -> str:
    assert default is not PydanticUndefined
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, frozenset):
        return ",".join(default)
    return "" if default is None else str(default)


def test_hosts_whose_blogs_may_be_read_are_separated_by_commas(env_file: Path) -> None:
    env_file.write_text("FEED_ALLOWED_HOSTS=Blog.home.arpa, 192.168.1.20:8080,\n")
    assert load_settings(env_file).feed_allowed_hosts == {"blog.home.arpa", "192.168.1.20:8080"}


def test_the_bot_introduces_itself_to_blogs_with_an_address(env_file: Path) -> None:
    assert "+https://" in load_settings(env_file).user_agent


@pytest.mark.parametrize("value", ["Bot \u2013 ours", "Bot\u0007"])
def test_a_name_that_fits_in_no_header_is_refused(env_file: Path, value: str) -> None:
    env_file.write_text(f"USER_AGENT={value}\n")
    assert "USER_AGENT" in refusal_of(env_file)


KEYS = ("0" * 43 + "=", "a_-" + "1" * 40 + "=")


def test_keys_to_the_codes_are_read_newest_first(env_file: Path) -> None:
    assert load_settings(env_file).discount_keys == ()
    env_file.write_text(f"DISCOUNT_KEY={KEYS[1]}, {KEYS[0]},\n")
    settings = load_settings(env_file)
    assert settings.discount_keys == (KEYS[1], KEYS[0])
    assert KEYS[0] not in repr(settings)
    assert set(KEYS) <= set(secrets_of(settings))


@pytest.mark.parametrize("value", ["secret", KEYS[0][:-1], f"{KEYS[0]},secret", "ä" * 44])
def test_what_is_no_key_is_refused_and_not_shown(env_file: Path, value: str) -> None:
    env_file.write_text(f"DISCOUNT_KEY={value}\n", encoding="utf-8")
    refusal = refusal_of(env_file)
    assert "DISCOUNT_KEY" in refusal
    assert "rotate-key" in refusal
    assert value not in refusal


def test_a_guild_is_on_one_shard() -> None:
    # https://discord.com/developers/docs/events/gateway#sharding-sharding-formula
    guild_id = (6 << 22) + 12345
    assert [shard for shard in range(4) if ShardRange(count=4, ids=(shard,)).has(guild_id)] == [2]
