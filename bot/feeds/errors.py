"""Refusals of the feeds."""

from bot.errors import UserFacingError


class NoFeedFoundError(UserFacingError):
    """The address could be read, but there is no feed behind it."""

    def __init__(self) -> None:
        super().__init__(
            "I found no feed there. Look for a link called RSS, Atom or Feed on the blog and give me that address; "
            "most blogs have one at `/feed`."
        )


class BlogTroubleError(UserFacingError):
    """The address could not be read, for a reason that fits in a sentence."""


class AlreadyFollowedError(UserFacingError):
    """The guild follows this blog already."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(
            f"This blog is followed already: its posts appear in <#{channel_id}>. A host can change that with "
            "`/blog edit`."
        )


class AlreadyProposedError(UserFacingError):
    """A member shared this blog already, and no host has decided."""

    def __init__(self) -> None:
        super().__init__("This blog was shared already and waits for a host’s answer.")


class OneAtATimeError(UserFacingError):
    """A member shares one more blog while hosts have not answered about the one before."""

    def __init__(self) -> None:
        super().__init__("A blog you shared still waits for a host’s answer. Then you can share another one.")


class TooManyFeedsError(UserFacingError):
    """A guild follows at most 100 blogs."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This server follows {most} blogs, which is the most I can follow. A host can make room with "
            "`/blog unfollow`."
        )


class NoSuchFeedError(UserFacingError):
    """There is no such feed, or not any more."""

    def __init__(self) -> None:
        super().__init__("I do not follow that blog here. `/blog list` shows those I do.")


class NoEntriesError(UserFacingError):
    """A blog without a single entry."""

    def __init__(self) -> None:
        super().__init__("This blog has no posts yet. The first one will appear by itself.")


class NoSuchEntryError(UserFacingError):
    """There is no such entry, or not any more."""

    def __init__(self) -> None:
        super().__init__("That post is not in the feed any more. Pick one from the list.")


class AlreadyDecidedError(UserFacingError):
    """Somebody has decided this meanwhile."""

    def __init__(self) -> None:
        super().__init__("This was decided already; nothing more is needed.")


class PausedError(UserFacingError):
    """Nothing of a paused blog goes out, whatever a host decides."""

    def __init__(self) -> None:
        super().__init__("This blog is paused. `/blog resume` continues it; then decide here.")


class NoPlaceForBlogsError(UserFacingError):
    """A member shares a blog where no host is asked, or where it could not be posted."""

    def __init__(self) -> None:
        super().__init__(
            "Blogs cannot be shared here yet. Please ask a host to choose the channels for it with `/setup`."
        )
