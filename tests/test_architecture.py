"""The rooms of the house: who may import whom, how large a room gets, and that what is written about it is true."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.client import EXTENSIONS
from bot.config import Settings

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 400
ATTICS = {"utils", "util", "helpers", "helper", "common", "core", "misc"}
#: Rooms under `bot/` that are no capability.
SHARED = {"db", "migrations", "rehearsal", "ui"}
#: Cogs without a room of their own in `bot/`: what they need belongs to communities and members.
WITHOUT_ROOM = {"setup", "privacy"}
#: Capabilities that Discord sees through another one's cog.
WITHOUT_COG = {"communities", "members"}


def python_files(*folders: str) -> list[Path]:
    """Every Python file of the project in these folders, or in all."""
    places = [ROOT / folder for folder in folders or ("bot", "cogs", "tests")]
    found = [file for place in places for file in place.rglob("*.py") if "__pycache__" not in file.parts]
    assert found
    return sorted([*found, ROOT / "run.py"] if not folders else found)


def packages(folder: str) -> set[str]:
    """The names of the packages in a folder."""
    return {file.parent.name for file in (ROOT / folder).glob("*/__init__.py")}


def imports(file: Path) -> set[str]:
    """The first part of the name of every module a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def lint_imports(folder: Path) -> tuple[int, str]:
    """What import-linter says about the project in a folder."""
    program = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as c; c()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def test_every_import_keeps_to_the_contracts() -> None:
    status, said = lint_imports(ROOT)
    assert status == 0, said


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("bot/outbox/service.py", "import cogs.outbox.cog", "The rooms, top down"),
        ("bot/greeting/rules.py", "import bot.greeting.service", "Inside a capability"),
        ("cogs/setup/cog.py", "import cogs.greeting.cards", "Cogs do not know one another"),
        ("bot/members/service.py", "import discord", "Only the upper rooms know Discord"),
        ("bot/outbox/rules.py", "import sqlalchemy", "Rules are pure"),
        ("cogs/greeting/cog.py", "import sqlalchemy", "SQL stays in repositories"),
        ("cogs/greeting/cog.py", "import bot.greeting.repository", "A repository answers to its service"),
        ("bot/outbox/service.py", "import bot.communities.models", "Tables answer to their repository"),
    ],
)
def test_a_wrong_import_is_caught(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for folder in ("bot", "cogs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    wrong = tmp_path / file
    wrong.write_text(wrong.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    status, said = lint_imports(tmp_path)
    assert status == 1
    assert re.search(rf"{contract}\s+BROKEN", said), said


def test_no_file_grows_beyond_a_room_one_can_overlook() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in python_files()}
    too_long = {str(file.relative_to(ROOT)): lines for file, lines in lengths.items() if lines > LONGEST_FILE}
    assert too_long == {}


def test_there_is_no_attic() -> None:
    attics = [file for file in python_files() if ATTICS & {*file.relative_to(ROOT).parts[:-1], file.stem}]
    assert attics == []


def test_each_capability_stands_twice_under_the_same_name() -> None:
    assert packages("cogs") - WITHOUT_ROOM <= packages("bot")
    assert packages("bot") - SHARED - WITHOUT_COG <= packages("cogs")


def test_each_cog_is_loaded() -> None:
    assert sorted(EXTENSIONS) == sorted(f"cogs.{name}" for name in packages("cogs"))


def test_each_capability_keeps_to_the_contract_about_its_inside() -> None:
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition('"Inside a capability"')[2]
    named = re.findall(r'"bot\.(\w+)"', contract.partition("]")[0])
    assert sorted(named) == sorted(packages("bot") - SHARED)


def test_the_tests_stand_in_rooms_of_the_same_names() -> None:
    rooms = {file.parent.name for file in python_files("tests") if file.name.startswith("test_")}
    assert packages("bot") - {"migrations"} <= rooms


def test_the_live_bot_does_not_know_the_simulator() -> None:
    users = {file.relative_to(ROOT) for file in python_files("bot", "cogs") if "simcord" in imports(file)}
    assert all(file.is_relative_to("bot/rehearsal") for file in users)
    program = "import sys, bot.app, bot.check; sys.exit('simcord' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60).returncode == 0


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in python_files("bot", "cogs")
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("name", sorted(name.upper() for name in Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    [written] = re.findall(rf"^#?{name}=(.*)$", example, flags=re.MULTILINE)
    default = Settings.model_fields[name.lower()].default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    assert written == (str(default) if default else "")
    assert re.search(rf"\b{name}\b", (ROOT / "README.md").read_text(encoding="utf-8"))


def test_the_example_names_no_setting_that_is_none() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)
