"""run.py on made-up projects: real environments, real pip, and tiny wheels instead of a network."""

import ast
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "run.py"
BASE_PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
IN_VENV = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
SETTLED_BY_TESTS = ("PIP_", "VIRTUAL_ENV", "CONDA_", "PYTEST_", "PYTHON", "KUBERNETES_", "TRIBEKEEPER_")
SAYS_WHERE_IT_IS = """
import os, sys
import moss

def main(**asked):
    print("at work", sys.prefix, os.getcwd(), asked)
    return 7

def backup(target):
    print("saved", target)
    return 0

def rotate_key():
    print("rotated in", os.getcwd())
    return 3
"""
FAKE_PYTEST = "def main(arguments):\n    print('pytest got', arguments)\n    return 5\n"


def wheel(folder: Path, name: str, version: str, code: str = "", requires: str = "") -> None:
    """Put the wheel of a one-module package into `folder`."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", code)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels that stands in for the package index."""
    folder = tmp_path_factory.mktemp("index")
    extra = 'Provides-Extra: soft\nRequires-Dist: fern>=1; extra == "soft"\n'
    wheel(folder, "moss", "1.0", requires=extra)
    wheel(folder, "moss", "2.0", requires=extra)
    wheel(folder, "fern", "1.0")
    wheel(folder, "pytest", "9.0", FAKE_PYTEST)
    return folder


class Project:
    """A copy of run.py beside a small fake bot."""

    def __init__(self, root: Path, index: Path) -> None:
        self.root = root
        (root / "bot").mkdir(parents=True)
        shutil.copy(RUN, root)
        for module in ("__init__", "app", "check", "rehearsal"):
            (root / "bot" / f"{module}.py").write_text("" if module == "__init__" else SAYS_WHERE_IT_IS)
        self.require("moss[soft]==1.0  # why", 'never-published==1.0; sys_platform == "amiga"')
        groups = 'rehearse = ["fern==1.0"]\ntest = [{ include-group = "rehearse" }, "pytest==9.0"]\n'
        (root / "pyproject.toml").write_text("[dependency-groups]\n" + groups)
        plain = {name: value for name, value in os.environ.items() if not name.startswith(SETTLED_BY_TESTS)}
        self.environment = plain | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(index),
            "TRIBEKEEPER_IN_CONTAINER": "0",
            "LC_ALL": "C",
        }

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def require(self, *lines: str) -> None:
        (self.root / "requirements.txt").write_text("# a comment\n" + "\n".join(lines) + "\n")

    def without_network(self) -> None:
        """Point pip at an address where nobody listens."""
        del self.environment["PIP_NO_INDEX"], self.environment["PIP_FIND_LINKS"]
        self.environment |= {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}

    def run(
        self, *words: str, python: str | Path = BASE_PYTHON, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, self.root / "run.py", *words],
            cwd=cwd or self.root,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def project(tmp_path: Path, index: Path) -> Project:
    """A project that was never started."""
    return Project(tmp_path / "project", index)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, index: Path) -> tuple[Project, str]:
    """A project that was started once, and what that start said."""
    project = Project(tmp_path_factory.mktemp("started") / "project", index)
    first = project.run()
    assert first.returncode == 7, first.stdout + first.stderr
    return project, first.stdout


@pytest.fixture
def ready(started: tuple[Project, str], project: Project) -> Project:
    """A project of this test alone with a copy of a finished .venv."""
    shutil.copytree(started[0].venv, project.venv, symlinks=True)
    return project


@pytest.fixture
def silent_index() -> Iterator[str]:
    """The address of a package index that takes a call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def test_the_first_start_makes_an_environment_and_goes_on_inside_it(started: tuple[Project, str]) -> None:
    project, said = started
    assert f"at work {project.venv} {project.root} {{}}" in said
    assert "Setting up (first time only)  [##########] 2/2 putting them in place" in said
    assert "Collecting" not in said
    assert "Requirement" not in said


def test_the_second_start_installs_nothing_and_needs_no_network(ready: Project) -> None:
    ready.without_network()
    second = ready.run("check")
    assert second.returncode == 7
    assert second.stdout.startswith("at work ")


def test_it_starts_from_any_directory(ready: Project, tmp_path: Path) -> None:
    assert f" {ready.root} {{}}" in ready.run(cwd=tmp_path).stdout


def test_a_command_adds_its_group_and_asks_pip_for_nothing_else(ready: Project) -> None:
    ready.environment["PIP_FIND_LINKS"] = shutil.copytree(
        ready.environment["PIP_FIND_LINKS"], ready.root / "links", ignore=lambda *_: ["moss-1.0-py3-none-any.whl"]
    )
    passed = ready.run("test", "-k", "one and two", "--help", "tests/test_run.py")
    assert passed.stdout.endswith("pytest got ['-k', 'one and two', '--help', 'tests/test_run.py']\n")
    assert passed.returncode == 5
    assert "Adding what is new" in passed.stdout
    alone = ready.run("test").stdout
    assert "pytest got ['-n', " in alone
    assert "'--dist', 'loadfile', " in alone


def test_rehearse_hands_its_options_on(ready: Project) -> None:
    assert "{'port': 8123, 'open_browser': False}" in ready.run("rehearse", "--port", "8123", "--no-open").stdout


def test_a_backup_lands_where_the_person_stands(ready: Project, tmp_path: Path) -> None:
    assert ready.run("backup", "copy.db", cwd=tmp_path).stdout == f"saved {tmp_path / 'copy.db'}\n"
    assert ready.run("backup").stdout == "saved None\n"


def test_rotating_the_key_happens_in_the_project_and_hands_its_status_on(ready: Project, tmp_path: Path) -> None:
    done = ready.run("rotate-key", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, f"rotated in {ready.root}\n")


def test_a_changed_pin_is_followed(ready: Project) -> None:
    ready.require("moss==2.0")
    ready.run()
    probe = "import importlib.metadata as m; print(m.version('moss'))"
    version = subprocess.check_output([ready.venv.joinpath(*IN_VENV), "-c", probe], text=True)
    assert version == "2.0\n"


def test_an_active_environment_is_used(ready: Project) -> None:
    mine = ready.venv.rename(ready.root / "mine")
    assert f"at work {mine} " in ready.run("rehearse", python=mine.joinpath(*IN_VENV)).stdout
    assert not ready.venv.exists()


def test_a_missing_extra_is_noticed(ready: Project) -> None:
    subprocess.check_call([ready.venv.joinpath(*IN_VENV), "-m", "pip", "-q", "uninstall", "-y", "fern"])
    ready.run()
    assert list(ready.venv.rglob("fern.py"))


def test_an_interrupted_installation_is_mended(ready: Project) -> None:
    next(ready.venv.rglob("moss.py")).unlink()  # its metadata still says that it is there
    unfinished = ready.venv / "tribekeeper-setup-unfinished"
    unfinished.touch()
    assert "at work " in ready.run(python=ready.venv.joinpath(*IN_VENV)).stdout
    assert not unfinished.exists()


def test_an_environment_whose_first_set_up_was_interrupted_is_not_trusted(ready: Project) -> None:
    is_sound = runpy.run_path(str(ready.root / "run.py"))["venv_is_sound"]
    assert is_sound()
    (ready.venv / "tribekeeper-setup-unfinished").touch()
    assert not is_sound()


def test_an_environment_whose_python_vanished_is_made_anew(ready: Project) -> None:
    python = ready.venv.joinpath(*IN_VENV)
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert f"at work {ready.venv} " in ready.run().stdout


def test_a_container_whose_packages_are_there_needs_no_environment(ready: Project) -> None:
    packages = next(ready.venv.rglob("moss.py")).parent.rename(ready.root / "packages")
    shutil.rmtree(ready.venv)
    started = ready.run(TRIBEKEEPER_IN_CONTAINER="1", PYTHONPATH=str(packages))
    assert "at work " in started.stdout, started.stderr
    assert not ready.venv.exists()


@pytest.mark.parametrize("kept_by_system", [False, True])
def test_a_container_is_its_own_environment_unless_its_system_keeps_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_by_system: bool
) -> None:
    run = runpy.run_path(str(RUN))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    if kept_by_system:
        (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setenv("TRIBEKEEPER_IN_CONTAINER", "1")
    assert run["may_install_here"]() is not kept_by_system
    monkeypatch.setenv("TRIBEKEEPER_IN_CONTAINER", "0")
    assert not run["may_install_here"]()


def test_a_missing_network_is_one_sentence(ready: Project) -> None:
    ready.require("moss==3.0")
    ready.without_network()
    failed = ready.run()
    assert failed.returncode == 1
    sentence, log = failed.stderr.splitlines()
    assert sentence.startswith("I could not reach the Python package index.")
    assert Path(log.removeprefix("The full log: ")).read_text()
    ready.require("moss==1.0")
    assert ready.run().stdout.startswith("at work "), "a failure before the installation must spoil nothing"


def test_a_pin_that_does_not_exist_is_told_in_the_words_of_pip(ready: Project) -> None:
    ready.require("moss==3.0")
    failed = ready.run()
    assert failed.returncode == 1
    assert "No matching distribution found for moss==3.0" in failed.stderr.splitlines()[0]


def test_an_unreadable_requirement_is_one_sentence(ready: Project) -> None:
    ready.require("moss one")
    failed = ready.run()
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "not write to"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "could not reach"),
        ("ERROR: Failed building wheel for moss", "could not be installed: Failed building wheel for moss"),
    ],
)
def test_a_failure_is_told_in_plain_words(said: str, sentence: str) -> None:
    assert sentence in runpy.run_path(str(RUN))["explain"]([said, "", "[end of output]"], Path("/x"))


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C in another way")
def test_ctrl_c_during_set_up_is_calm(ready: Project, silent_index: str) -> None:
    ready.require("moss==3.0")
    ready.without_network()
    process = subprocess.Popen(
        [BASE_PYTHON, ready.root / "run.py"],
        env=ready.environment | {"PIP_INDEX_URL": silent_index},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert "Setting up" in process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert complaint.strip() == "Stopped. The same command takes set-up from here whenever you like."
    assert process.returncode == 130


def test_an_old_python_can_read_the_file_and_gets_a_sentence() -> None:
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))
    old_python = runpy.run_path(str(RUN))["old_python"]
    sentence = "Tribekeeper needs Python 3.11 or newer and this is 3.8: get one from https://www.python.org/"
    assert old_python((3, 8, 18, "final", 0)).startswith(sentence)
    assert old_python((3, 11, 0, "final", 0)) is None


def test_help_needs_nothing_installed(project: Project) -> None:
    helped = project.run("--help")
    assert helped.returncode == 0
    assert all(command in helped.stdout for command in ("rehearse", "test", "check", "backup", "rotate-key"))
    assert not project.venv.exists()
