"""What is on the blog and what comes next: read from `data/rehearsal/blog/`, dated by the simulated clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import OperatorError
from bot.rehearsal.blog.pictures import Light

FOLDER = Path(__file__).parents[3] / "data" / "rehearsal" / "blog"
ABOUT, POSTCARD = "about.md", "postcard.md"
_NUMBERED = re.compile(r"\d\d-(?P<slug>[a-z0-9-]+)\.md")
#: Dates in HTTP know whole seconds only, so two posts are at least this far apart.
_APART = timedelta(seconds=1)


class Draft(BaseModel):
    """A post as it lies in the drawer. `text` is Markdown; `days_ago` says that it is out already, since when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    title: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=1)
    days_ago: float | None = Field(default=None, gt=0)
    picture: Light | None = None


@dataclass(frozen=True, slots=True)
class BlogPlan:
    """All in the folder: drafts in the order they come out, and the postcard that is sent when none is left."""

    title: str
    about: str
    drafts: tuple[Draft, ...]
    postcard: Draft


@dataclass(frozen=True, slots=True)
class Post:
    """A post that is out. `text` is Markdown."""

    slug: str
    title: str
    text: str
    published_at: datetime
    picture: Light | None = None


class Blog:
    """One author's posts."""

    def __init__(self, plan: BlogPlan, author: str, now: datetime) -> None:
        self.title = plan.title
        self.about = plan.about
        self.author = author
        self._postcard = plan.postcard
        self._postcards = 0
        self._waiting = [draft for draft in plan.drafts if draft.days_ago is None]
        out = [_post(draft, now - timedelta(days=draft.days_ago)) for draft in plan.drafts if draft.days_ago]
        self._posts = sorted(out, key=lambda post: post.published_at, reverse=True)

    @property
    def posts(self) -> Sequence[Post]:
        """What is out, newest first."""
        return tuple(self._posts)

    @property
    def changed_at(self) -> datetime | None:
        """When the newest post came out; None while there is none."""
        return self._posts[0].published_at if self._posts else None

    def find(self, slug: str) -> Post | None:
        """The post whose address ends in `slug`, if it is out."""
        return next((post for post in self._posts if post.slug == slug), None)

    def publish(self, now: datetime) -> Post:
        """Bring out the next draft, or a postcard where none is left."""
        draft = self._waiting.pop(0) if self._waiting else self._next_postcard()
        earliest = self._posts[0].published_at + _APART if self._posts else now
        post = _post(draft, max(now, earliest))
        self._posts.insert(0, post)
        return post

    def _next_postcard(self) -> Draft:
        self._postcards += 1
        title = self._postcard.title.replace("{number}", str(self._postcards))
        return self._postcard.model_copy(update={"slug": f"postcard-{self._postcards}", "title": title})


def _post(draft: Draft, at: datetime) -> Post:
    return Post(draft.slug, draft.title, draft.text, at.replace(microsecond=0), draft.picture)


def load(folder: Path = FOLDER) -> BlogPlan:
    """Read the folder. Raises OperatorError with one sentence where a file is missing or does not make sense."""
    try:
        about = _read(folder / ABOUT, "about")
        numbered = [(path, _NUMBERED.fullmatch(path.name)) for path in sorted(folder.glob("*.md"))]
        drafts = tuple(_read(path, found["slug"]) for path, found in numbered if found)
        return BlogPlan(about.title, about.text, drafts, _read(folder / POSTCARD, "postcard"))
    except OSError as error:
        raise OperatorError(
            f"The rehearsal's blog is missing: {error.filename}. Restore it from the repository."
        ) from None


def _read(path: Path, slug: str) -> Draft:
    """A file begins with lines such as `title: Read by strangers`; after an empty line comes the text."""
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    pairs = (line.partition(":") for line in head.splitlines())
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    try:
        return Draft.model_validate({**fields, "slug": slug, "text": text.strip()})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise OperatorError(f"The rehearsal's post in {path} cannot be used: {where}: {first['msg']}.") from None
