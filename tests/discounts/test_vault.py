"""The key's file and what it does with codes."""

import logging
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discounts.errors import KeyUnavailableError
from bot.discounts.vault import KeyRing, Vault, is_key, key_id, new_key, new_salt, owner_mark
from bot.errors import OperatorError

OLD, NEW = new_key(), new_key()


@given(st.text(min_size=1, max_size=100))
def test_what_is_encrypted_comes_back_and_is_never_the_same_twice(text: str) -> None:
    vault = Vault(OLD)
    kept = vault.encrypt(text)
    assert vault.decrypt(kept) == text
    assert kept != vault.encrypt(text)


def test_another_key_opens_nothing_unless_the_old_one_is_there_too() -> None:
    kept = Vault(OLD).encrypt("CODE")
    assert Vault(NEW, [OLD]).decrypt(kept) == "CODE"
    with pytest.raises(KeyUnavailableError) as caught:
        Vault(NEW).decrypt(kept)
    assert "CODE" not in str(caught.value)
    with pytest.raises(KeyUnavailableError):
        Vault(OLD).decrypt("no token")


def test_a_fingerprint_is_one_key_s_and_does_not_see_capitals() -> None:
    assert Vault(OLD).fingerprint("Code-1") == Vault(OLD).fingerprint("CODE-1")
    assert Vault(OLD).fingerprint("CODE-1") != Vault(OLD).fingerprint("CODE-2")
    assert Vault(OLD).fingerprint("CODE-1") != Vault(NEW).fingerprint("CODE-1")


def test_the_mark_of_an_owner_is_another_one_in_each_discount() -> None:
    salt = new_salt()
    assert owner_mark(salt, 31) == owner_mark(salt, 31)
    assert len({owner_mark(salt, 31), owner_mark(salt, 32), owner_mark(new_salt(), 31)}) == 3


def test_the_file_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    ring = KeyRing([], tmp_path / "data" / "tribekeeper.key")
    assert ring.keys() == ()
    key = ring.first()
    assert is_key(key)
    assert KeyRing([], ring.file).first() == key
    assert os.listdir(ring.file.parent) == [ring.file.name]
    if sys.platform != "win32":
        assert stat.S_IMODE(ring.file.stat().st_mode) == 0o600


def test_the_file_is_never_readable_for_others_also_under_a_careless_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ring = KeyRing([], tmp_path / "a.key")
        ring.first()
        ring.write([NEW, OLD])
    finally:
        os.umask(before)
    assert ring.keys() == (NEW, OLD)
    if sys.platform != "win32":
        assert stat.S_IMODE(ring.file.stat().st_mode) == 0o600


def test_a_key_that_is_there_is_not_overwritten_by_who_comes_second(tmp_path: Path) -> None:
    from bot.discounts.vault import _make

    first = KeyRing([], tmp_path / "a.key").first()
    _make(tmp_path / "a.key", NEW)
    assert KeyRing([], tmp_path / "a.key").keys() == (first,)


def test_keys_in_the_settings_go_before_the_file(tmp_path: Path) -> None:
    ring = KeyRing([NEW, OLD], tmp_path / "a.key")
    assert ring.first() == NEW
    assert not ring.file.exists()
    found = ring.vault(key_id(OLD))
    assert found is not None
    assert found.key_id == key_id(OLD)
    assert ring.vault(key_id(new_key())) is None


def test_a_file_that_changes_while_the_bot_runs_is_read_again(tmp_path: Path) -> None:
    ring = KeyRing([], tmp_path / "a.key")
    ring.first()
    assert ring.vault(key_id(NEW)) is None
    KeyRing([], ring.file).write([NEW])
    assert ring.vault(key_id(NEW)) is not None


@pytest.mark.parametrize("content", [b"", b"# only a title\n", b"not a key\n", b"\xff\xfe\x00"])
def test_a_spoiled_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.key").write_bytes(content)
    with pytest.raises(OperatorError, match=r"^[^\n]+a\.key[^\n]+\.$"):
        KeyRing([], tmp_path / "a.key").first()


def test_a_place_that_takes_no_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(OperatorError, match="I cannot write the key"):
        KeyRing([], tmp_path / "taken" / "a.key")._keys = ()
        KeyRing([], tmp_path / "taken" / "a.key").write([NEW])


def test_a_key_is_in_no_text_of_its_vault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        vault = Vault(OLD)
        vault.encrypt("CODE")
    assert OLD not in repr(vault) + repr(KeyRing([OLD], Path("a.key"))) + caplog.text
    assert "CODE" not in caplog.text
