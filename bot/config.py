"""Settings: one frozen object from the environment and `.env`."""

import difflib
import os
import re
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import OperatorError

ENV_FILE = Path(".env")
#: 32 bytes in URL-safe base64 (https://github.com/fernet/spec).
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class ShardRange(BaseModel):
    """The shards this process runs: `ids` out of `count`."""

    model_config = ConfigDict(frozen=True)

    count: int
    ids: tuple[int, ...]

    def has(self, guild_id: int) -> bool:
        """Whether a guild is on one of them."""
        # https://discord.com/developers/docs/events/gateway#sharding-sharding-formula
        return (guild_id >> 22) % self.count in self.ids


class Settings(BaseSettings):
    """Everything an operator can set; `.env.example` documents each field."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True)

    discord_token: SecretStr = SecretStr("")
    database_url: SecretStr = SecretStr("sqlite:///data/tribekeeper.db")
    backup_dir: Path = Path("data/backups")
    backups_kept: int = Field(default=5, ge=1, le=100)
    discount_key: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    user_agent: str = Field(default="Tribekeeper (+https://github.com/tribekeeper/tribekeeper)", max_length=200)
    feed_allowed_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    shard_count: int | None = Field(default=None, ge=1)
    shard_ids: Annotated[tuple[int, ...] | None, NoDecode] = None

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("shard_ids", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @field_validator("user_agent")
    @classmethod
    def _fits_in_a_header(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("only plain Latin letters, digits and signs can stand in it")
        return value

    @field_validator("feed_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        names = value.split(",") if isinstance(value, str) else value
        return frozenset(name.strip().lower() for name in names if name.strip())

    @field_validator("shard_ids")
    @classmethod
    def _within_count(cls, value: tuple[int, ...] | None, others: ValidationInfo) -> tuple[int, ...] | None:
        count = others.data.get("shard_count")
        if value is None:
            return None
        if count is None:
            raise ValueError("it needs SHARD_COUNT, the number of shards of all processes together")
        if not all(0 <= number < count for number in value) or len(set(value)) < len(value):
            raise ValueError(f"each shard is named once, from 0 to {count - 1}, as SHARD_COUNT is {count}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        _with_async_driver(value.get_secret_value())
        return value

    @field_validator("discount_key")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        if not all(_FERNET_KEY.fullmatch(key) for key in _split_keys(value)):
            raise ValueError("a key has 44 letters, digits and signs; python3 run.py rotate-key makes one")
        return value

    @property
    def discount_keys(self) -> tuple[str, ...]:
        """The keys to the discount codes, the newest first; none where the key is in a file."""
        return _split_keys(self.discount_key)

    @property
    def database(self) -> URL:
        """The database's address with its asynchronous driver."""
        return _with_async_driver(self.database_url.get_secret_value())

    @property
    def shards(self) -> ShardRange | None:
        """The shards of this process, or None where one process runs them all."""
        if self.shard_count is None or self.shard_ids is None:
            return None
        return ShardRange(count=self.shard_count, ids=self.shard_ids)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what was passed, then the environment; `load_settings` reads `.env` itself, to explain its faults."""
        return init_settings, env_settings


def _split_keys(value: SecretStr) -> tuple[str, ...]:
    return tuple(key.strip() for key in value.get_secret_value().split(",") if key.strip())


def _with_async_driver(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError("it is not a database address; try sqlite:///data/tribekeeper.db") from None
    backend = url.drivername.split("+")[0]
    if backend not in _ASYNC_DRIVERS:
        raise ValueError("only sqlite:/// and postgresql:// addresses are supported")
    url = url.set(drivername=_ASYNC_DRIVERS[backend])
    if "sslmode" in url.query:  # as providers write it; asyncpg calls it ssl
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
    return url


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """Read the environment, then `env_file` for what the environment does not say.

    Raises OperatorError with one sentence, naming the setting but never its value.
    """
    from_file = _read_env_file(env_file)
    known = set(Settings.model_fields)
    for name in from_file:
        if name not in known:
            raise OperatorError(_unknown_setting(name, known, env_file))
    present = {name.lower() for name, value in os.environ.items() if value}
    try:
        return Settings(**{name: value for name, value in from_file.items() if name not in present})
    except ValidationError as error:
        first = error.errors()[0]
        setting = str(first["loc"][0]).upper() if first["loc"] else "a setting"
        reason = first["msg"].removeprefix("Value error, ")
        raise OperatorError(f"The setting {setting} cannot be used: {reason}. See .env.example.") from None


def _read_env_file(path: Path) -> dict[str, Any]:
    try:
        # "-sig" because Windows' editor puts a byte order mark in front.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise OperatorError(f"I cannot read {path}: it is not plain UTF-8 text. Save it again as UTF-8.") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise OperatorError(f"I cannot read {path}: {reason}. Check that it is a file you may read.") from None
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if content and not content.startswith("#") and "=" not in content:
            raise OperatorError(f"Line {number} of {path} is not of the form NAME=value. See .env.example.")
    return {name.lower(): value for name, value in dotenv_values(stream=StringIO(text)).items() if value}


def _unknown_setting(name: str, known: set[str], path: Path) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0].upper()}?" if close else " .env.example lists the settings."
    return f"{path} has a setting I do not know: {name.upper()}.{hint}"
