"""The one command of Tribekeeper: it prepares what a command needs, then starts it.

Until the packages are there this file leans on the standard library alone. It also has to parse on Python 3.6, so that
an old Python gets a sentence instead of a SyntaxError: hence quoted type hints and late imports.
"""

import argparse
import os
import re
import shutil
import site
import sys
import sysconfig
from contextlib import suppress
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen, TimeoutExpired

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST_PYTHON = (3, 11)
CONTAINER_TRACES = ("/.dockerenv", "/run/.containerenv")
LOG, UNFINISHED = "tribekeeper-setup.log", "tribekeeper-setup-unfinished"
TROUBLE = [  # what pip, venv or the system says, and what it means
    (r"Errno 28\b|No space left|WinError 112\b", "The disk is full: make some room and run this again."),
    (r"Errno (1|13|30)\b|Permission denied|WinError 5\b", "I may not write to {folder}: start me as its owner."),
    (
        r"(?i)connection|timed? ?out|name resolution|proxy|\bssl|unreachable|fetch URL",
        "I could not reach the Python package index. Check the connection, or a proxy in HTTPS_PROXY,"
        " and run the same command again; what was already downloaded is kept.",
    ),
]


class SetupError(Exception):
    """Set-up cannot go on; the message is for the person at the keyboard."""


def pinned(command: str) -> "list[str]":
    """The requirement lines of `command`: `name[extra]==version; marker`."""
    import tomllib

    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if command in ("rehearse", "test"):
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
        lines += group_lines(groups, command)
    return list(filter(None, (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)))


def group_lines(groups: dict, name: str) -> "list[str]":
    """The lines of a PEP 735 dependency group, with the groups it includes opened up."""
    nested = ([item] if isinstance(item, str) else group_lines(groups, item["include-group"]) for item in groups[name])
    return [line for lines in nested for line in lines]


def is_present(line: str, for_extra: str = "") -> bool:
    """Whether this interpreter has what a requirement line asks for, its extras too, or need not have it."""
    from importlib import metadata

    from pip._vendor.packaging.requirements import Requirement  # pip's own reading, markers and all

    wanted = Requirement(line)
    if wanted.marker and not wanted.marker.evaluate({"extra": for_extra}):
        return True
    try:
        package = metadata.distribution(wanted.name)
    except metadata.PackageNotFoundError:
        return False
    of_extras = [(part, extra) for part in package.requires or [] for extra in wanted.extras if "extra" in part]
    return wanted.specifier.contains(package.version, prereleases=True) and all(
        is_present(part, extra) for part, extra in of_extras
    )


def may_install_here() -> bool:
    """Whether this interpreter is ours to add to: an active virtual environment, conda, a container.

    TRIBEKEEPER_IN_CONTAINER=1 or =0 answers where a guess at the container would be wrong.
    """
    if sys.prefix != sys.base_prefix or os.environ.get("CONDA_PREFIX") == sys.prefix:
        return True
    # Debian and others refuse pip in their own Python, inside a container too (PEP 668).
    if Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists():
        return False
    guess = "KUBERNETES_SERVICE_HOST" in os.environ or any(map(os.path.exists, CONTAINER_TRACES))
    return os.environ.get("TRIBEKEEPER_IN_CONTAINER", str(int(guess))) == "1"


def notes_folder() -> Path:
    """Where set-up keeps its log: beside the packages, which a plain user's pip puts in their own folder."""
    theirs = sys.prefix == sys.base_prefix and not os.access(sys.prefix, os.W_OK)
    return Path(site.getuserbase() if theirs else sys.prefix)


def venv_is_sound() -> bool:
    """Whether .venv was finished, and its Python still starts and is new enough."""
    probe = f"import sys; sys.exit(sys.prefix == sys.base_prefix or sys.version_info < {OLDEST_PYTHON})"
    try:
        return listen([str(VENV_PYTHON), "-I", "-c", probe])[0] == 0 and not (VENV / UNFINISHED).exists()
    except OSError:
        return False


def make_venv() -> None:
    """Make .venv, anew where something is left of one. Pip comes in later, from inside."""
    if not (find_spec("venv") and find_spec("ensurepip")):
        raise SetupError("This Python lacks venv: on Debian, `apt install python3-venv` as root, then run this again.")
    print(f"Making a place for the packages: {VENV}", flush=True)
    status, lines = listen([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if status:
        raise SetupError(explain(lines, VENV))


def hand_over(command: "list[str]") -> int:
    """Go on as `command`: in its place on POSIX; on Windows, which cannot do that, as its parent."""
    if os.name != "nt":
        os.execv(command[0], command)
    child = Popen(command)
    while child.poll() is None:
        with suppress(KeyboardInterrupt):  # the child hears Ctrl-C as well, and what follows is its choice
            child.wait()
    return child.returncode


def prepare(command: str) -> "int | None":
    """Make the packages of `command` importable; an exit status if another Python did all of the work."""
    lines = pinned(command)
    half_done = (notes_folder() / UNFINISHED).exists() or not find_spec("pip")
    missing = lines if half_done else [line for line in lines if not is_present(line)]
    if missing and not may_install_here():
        if not venv_is_sound():
            make_venv()
        return hand_over([str(VENV_PYTHON), str(ROOT / "run.py"), *sys.argv[1:]])
    if missing:
        title = "Setting up (first time only)" if len(missing) == len(lines) else "Adding what is new"
        install(missing, Progress(title, len(missing)))
        site.main()  # notices a user folder or a .pth file that is newer than this process
        if not all(map(is_present, missing)):
            raise SetupError(f"pip finished, yet {sys.executable} cannot find all of {', '.join(missing)}.")
    return None


def install(requirements: "list[str]", progress: "Progress") -> None:
    """Let pip install `requirements` into this interpreter."""
    folder = notes_folder()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / UNFINISHED
    pip = ["pip", "install", "--no-input", "--no-color", "--progress-bar=off", "--disable-pip-version-check"]
    if unfinished.exists():
        pip.append("--ignore-installed")  # distrust what an interrupted installation left behind
    steps = [[*pip, *requirements]]
    if not find_spec("pip"):
        unfinished.touch()
        steps.insert(0, ["ensurepip", "--upgrade", "--default-pip"])
    with (folder / LOG).open("w", encoding="utf-8") as log:

        def hear(line: str) -> None:
            print(line, file=log, flush=True)
            if line.startswith("Installing collected packages:"):
                unfinished.touch()  # from here on a sudden end would leave half a package
            if step[0] == "pip":  # what ensurepip unpacks is no part of the count
                progress.hear(line)

        try:
            for step in steps:
                status, lines = listen([sys.executable, "-m", *step], hear)
                if status:
                    raise SetupError(f"{explain(lines, folder)}\nThe full log: {folder / LOG}")
                unfinished.unlink(missing_ok=True)
        finally:
            print(end="\n" if progress.on_terminal else "", flush=True)  # what follows has its own line
    invalidate_caches()


def listen(command: "list[str]", hear=lambda line: None) -> "tuple[int, list[str]]":
    """Run `command` and give each line it says to `hear`; its exit status and all the lines."""
    settings = dict(os.environ, PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    if sys.prefix != sys.base_prefix:
        settings["PIP_USER"] = "0"  # some cloud desktops set it, and in a virtual environment pip then refuses
    child = Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, encoding="utf-8", errors="replace", env=settings)
    lines = []
    try:
        for line in child.stdout or ():
            lines.append(line.rstrip())
            hear(lines[-1])
        return child.wait(), lines
    finally:
        with suppress(TimeoutExpired):  # after Ctrl-C pip tidies up by itself
            child.wait(timeout=3)
        child.terminate()


def explain(lines: "list[str]", folder: Path) -> str:
    """One sentence for what went wrong, read from the last things pip, venv or the system said."""
    end = "\n".join(lines[-12:])
    for pattern, sentence in TROUBLE:
        if re.search(pattern, end):
            return sentence.format(folder=folder)
    errors = [line for line in lines if re.match(r"(?i)error:", line)]
    said = errors or list(filter(None, lines)) or ["no reason was given"]
    return "The packages could not be installed: " + re.sub(r"(?i)^error:\s*", "", said[-1].strip())


class Progress:
    """pip's many lines as one counter; a few plain lines where nobody watches a terminal."""

    def __init__(self, title: str, expected: int) -> None:
        self.title, self.on_terminal = title, sys.stdout.isatty()
        self.expected = expected * 2  # a guess until pip tells: packages bring others along
        self.met, self.fetched = set(), set()
        self.show("starting", worth_a_line=True)

    def hear(self, line: str) -> None:
        """Take in one line of pip: a package met, fetched, or all of them being put in place."""
        match = re.match(r"\s*(Collecting|Downloading|Using cached|Processing) (\S+)", line)
        if match and not match.group(2).endswith(".metadata"):
            collecting = match.group(1) == "Collecting"
            name = re.split(r"[\[<>=!~;]" if collecting else "-", re.split(r"[/\\]", match.group(2))[-1])[0]
            (self.met if collecting else self.fetched).add(re.sub(r"[-_.]+", "-", name).lower())
            self.show(name, worth_a_line=not collecting and len(self.fetched) % 10 == 0)
        elif line.startswith("Installing collected packages: "):
            self.fetched = self.met = set(line.partition(": ")[2].split(", "))
            self.expected = len(self.met)
            self.show("putting them in place", worth_a_line=True)

    def show(self, what: str, worth_a_line: bool) -> None:
        """Draw the counter; off a terminal, only what is `worth_a_line`."""
        done, known = len(self.fetched), max(self.expected, len(self.met | self.fetched))
        line = "{}  [{:.<10}] {}/{} {}".format(self.title, "#" * (10 * done // known), done, known, what)
        if self.on_terminal:
            line = "\r{:{width}.{width}}".format(line, width=shutil.get_terminal_size().columns - 1)
        if self.on_terminal or worth_a_line:
            print(line, end="" if self.on_terminal else "\n", flush=True)


def old_python(found: tuple) -> "str | None":
    """A sentence where Python `found` is too old, else None."""
    sentence = (
        "Tribekeeper needs Python {}.{} or newer and this is {}.{}: get one from https://www.python.org/downloads/"
    )
    return sentence.format(*OLDEST_PYTHON, *found[:2]) if found[:2] < OLDEST_PYTHON else None


def read_arguments(words: "list[str]") -> argparse.Namespace:
    """What was asked for. Everything after `test` belongs to pytest and is left as it is."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Tribekeeper, the Discord bot you host yourself. Without a command the live bot starts. Whatever"
        " is missing on this machine is installed the first time.",
        epilog="New here? `python3 run.py rehearse` shows everything in your browser, without a token.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    rehearse = commands.add_parser("rehearse", help="try the bot in your browser, on a make-believe Discord")
    rehearse.add_argument("--port", type=int, help="the port of the page; without it, run.py chooses")
    rehearse.add_argument("--no-open", action="store_true", help="do not open the browser, just tell the address")
    commands.add_parser("test", help="run the tests; what follows goes to pytest")
    commands.add_parser("check", help="look over your settings and say what to mend")
    backup = commands.add_parser("backup", help="save a copy of the database")
    backup.add_argument("file", nargs="?", metavar="FILE", type=Path, help="where to put the copy")
    commands.add_parser("rotate-key", help="keep the discount codes by a new key")
    if words[:1] == ["test"]:
        return argparse.Namespace(command="test", pytest_arguments=words[1:])
    return parser.parse_args(words)


def start(asked: argparse.Namespace) -> int:
    """Run the command in this process, from the project's folder; its exit status."""
    here = Path.cwd()
    os.chdir(ROOT)  # .env and data/ are found from here
    if asked.command == "test":
        # One more than there are processors: some tests wait, for a browser or for a process to end.
        workers = str(max(2, os.cpu_count() or 2) + 1)
        # In the order of tests/conftest.py, which begins with what takes longest.
        everything = ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
        return int(import_module("pytest").main(asked.pytest_arguments or everything))
    room = import_module({"rehearse": "bot.rehearsal", "check": "bot.check"}.get(asked.command, "bot.app"))
    if asked.command == "rehearse":
        return room.main(port=asked.port, open_browser=not asked.no_open)
    if asked.command == "backup":
        return room.backup(asked.file and here / asked.file.expanduser())
    if asked.command == "rotate-key":
        return room.rotate_key()
    return room.main()


def main() -> int:
    """Prepare, then start; the exit status of the whole."""
    if old_python(sys.version_info):
        sys.exit(old_python(sys.version_info))
    asked = read_arguments(sys.argv[1:])
    try:
        handed_over = prepare(asked.command or "live")
    except SetupError as error:
        sys.exit(str(error))
    except (OSError, ValueError) as error:
        sys.exit(explain([str(error)], ROOT))
    except KeyboardInterrupt:
        print("\nStopped. The same command takes set-up from here whenever you like.", file=sys.stderr)
        return 130  # what a shell reports after Ctrl-C
    return start(asked) if handed_over is None else handed_over


if __name__ == "__main__":
    sys.exit(main())
