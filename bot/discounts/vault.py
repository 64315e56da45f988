"""The key to the codes: where it is kept, and what is done with it. No code leaves this room in plain but to its owner.

Codes are kept encrypted (Fernet: AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec) and are found again by a
keyed fingerprint, so that a copy of the database without the key tells nothing of them.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.discounts.errors import KeyUnavailableError
from bot.errors import OperatorError

#: Where the key is kept if the database is not a file.
DEFAULT_FILE = Path("data", "tribekeeper.key")
_OWNER_ONLY = 0o600
_TITLE = "# Tribekeeper's key to the discount codes. Keep it to yourself, and not together with the backups.\n"


class Vault:
    """Encrypts with one key; opens what it or one of the `others` encrypted."""

    def __init__(self, key: str, others: Sequence[str] = ()) -> None:
        self.key_id = key_id(key)
        self._fernet = MultiFernet([Fernet(each) for each in (key, *others)])
        self._secret = _derived(key, b"fingerprint")

    def encrypt(self, text: str) -> str:
        """The text as it may be kept."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, kept: str) -> str:
        """The text that was kept. Raises KeyUnavailableError where another key is needed."""
        try:
            return self._fernet.decrypt(kept.encode("ascii")).decode()
        except InvalidToken:
            raise KeyUnavailableError from None

    def fingerprint(self, code: str) -> str:
        """The same for the same code, whatever its capitals; tells nothing of it to who has not the key."""
        return hmac.new(self._secret, code.casefold().encode(), hashlib.sha256).hexdigest()


def owner_mark(salt: str, member_id: int) -> str:
    """What is left of a claim's owner when they have themselves forgotten: enough to know them if they come again."""
    return hmac.new(salt.encode(), str(member_id).encode(), hashlib.sha256).hexdigest()


def new_salt() -> str:
    """What one discount's owner marks are made with."""
    return token_hex(16)


def new_key() -> str:
    """A key nobody had before."""
    return Fernet.generate_key().decode("ascii")


def is_key(text: str) -> bool:
    """Whether a text has the form of a key: 32 bytes in URL-safe base64."""
    try:
        return len(base64.urlsafe_b64decode(text.encode("ascii"))) == 32
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return False


def key_id(key: str) -> str:
    """What the database knows a key by; tells nothing of the key."""
    return _derived(key, b"id").hex()[:32]


def _derived(key: str, purpose: bytes) -> bytes:
    # A key serves one purpose only, so each other one gets a key made from it.
    return hmac.new(base64.urlsafe_b64decode(key), b"tribekeeper:" + purpose, hashlib.sha256).digest()


class KeyRing:
    """The keys from the settings or from a file, the newest first. Nothing is read before it is needed.

    `settings_keys` go before the file; without them the file is made on first use, for its owner's eyes only.
    """

    def __init__(self, settings_keys: Sequence[str], file: Path) -> None:
        self.file = file
        self.is_in_settings = bool(settings_keys)
        self._keys = tuple(settings_keys)
        self._vaults: dict[str, Vault] = {}

    def keys(self) -> tuple[str, ...]:
        """All keys there are, the newest first; none where there is no file yet. Raises OperatorError."""
        if not self.is_in_settings:
            self._keys = _read(self.file)
        return self._keys

    def vault(self, wanted: str) -> Vault | None:
        """The vault of the key with that id; the file is looked at again where the key is not known yet."""
        known = self._vaults.get(wanted)
        if known is None:
            keys = self.keys()
            key = next((key for key in keys if key_id(key) == wanted), None)
            if key is None:
                return None
            known = self._vaults[wanted] = Vault(key, [other for other in keys if other != key])
        return known

    def first(self) -> str:
        """The newest key; the file is made if there is none. Raises OperatorError."""
        keys = self.keys()
        if not keys:
            _make(self.file, new_key())  # of two processes that start together one is first, and both read its key
            keys = self.keys()
        return keys[0]

    def write(self, keys: Sequence[str]) -> None:
        """Keep exactly these keys, the newest first. The file changes at once or not at all. Raises OperatorError."""
        for part in self.file.parent.glob(f"{self.file.name}.*.part"):  # where a process was killed in the middle
            with suppress(OSError):
                part.unlink()
        _write(self.file, keys)

    def keep_old(self, key: str) -> Path:
        """Put a key that is not used any more aside, for backups from its time. Where it is."""
        aside = self.file.with_name(f"{self.file.name}.old-{key_id(key)[:8]}")
        _write(aside, [key])
        return aside


def _read(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError):
        raise OperatorError(f"I cannot read the key to the codes in {file}. Check that it is yours to read.") from None
    keys = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not keys or not all(map(is_key, keys)):
        raise OperatorError(f"{file} holds no key to the codes any more. Put the file back as it was.")
    return keys


def _make(file: Path, key: str) -> None:
    """Write the file unless there is one; whoever reads it finds it whole."""
    unfinished = _unfinished(file, [key])
    try:
        # Unlike a renaming, a link never takes the place of what is there.
        os.link(unfinished, file)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not file.exists():
            unfinished.replace(file)
    finally:
        with suppress(OSError):
            unfinished.unlink()
    _sync_folder(file.parent)


def _write(file: Path, keys: Sequence[str]) -> None:
    try:
        _unfinished(file, keys).replace(file)
    except OSError as error:
        raise OperatorError(_unwritable(file, error)) from None
    _sync_folder(file.parent)


def _unfinished(file: Path, keys: Sequence[str]) -> Path:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        # Made with these rights, so that at no time anybody else can read it.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="ascii") as out:
            out.write(_TITLE + "".join(f"{key}\n" for key in keys))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise OperatorError(_unwritable(file, error)) from None
    return part


def _unwritable(file: Path, error: OSError) -> str:
    return f"I cannot write the key to the codes to {file}: {(error.strerror or 'it cannot be opened').lower()}."


def _sync_folder(folder: Path) -> None:
    """Make sure that the name survives a power cut, too. Windows does that by itself and refuses to be asked."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
