"""A message the bot is about to post by itself, and how to recognise it in a channel."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import discord


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What a renderer draws. Nobody is mentioned unless `allowed_mentions` says so.

    In a forum `title` names the post (at most 100 characters), and `tag` the tag it gets (at most 20); elsewhere
    both are ignored. `files` are attached, by name; drawn anew, they take the place of the old ones. `publish`: in an
    announcement channel it goes to the channel's followers, too.
    """

    content: str | None = None
    embeds: list[discord.Embed] = field(default_factory=list[discord.Embed])
    view: discord.ui.View | discord.ui.LayoutView | None = None
    allowed_mentions: discord.AllowedMentions = field(default_factory=discord.AllowedMentions.none)
    title: str | None = None
    tag: str | None = None
    publish: bool = False
    files: tuple[tuple[str, bytes], ...] = ()

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of `send`."""
        arguments: dict[str, Any] = {"allowed_mentions": self.allowed_mentions}
        if self.content is not None:
            arguments["content"] = self.content
        if self.embeds:
            arguments["embeds"] = self.embeds
        if self.view is not None:
            arguments["view"] = self.view
        if self.files:
            arguments["files"] = self._files()
        return arguments

    def _files(self) -> list[discord.File]:
        # Sending uses a file up, so each attempt gets its own.
        return [discord.File(io.BytesIO(content), name) for name, content in self.files]

    def changes(self) -> dict[str, Any]:
        """The keyword arguments of `edit`: buttons that it no longer has go."""
        changes = {"view": None, **self.arguments()}
        if "files" in changes:
            changes["attachments"] = changes.pop("files")
        return changes

    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that the message will still have when it is read back from Discord."""
        return _digest(self.content, self.embeds, self.view.to_components() if self.view else [])


def fingerprint_of(message: discord.Message) -> str:
    """The fingerprint of a message read from a channel."""
    return _digest(message.content, message.embeds, [component.to_dict() for component in message.components])


def _digest(content: str | None, embeds: list[discord.Embed], components: list[Any]) -> str:
    parts = [content or ""]
    for embed in embeds:
        parts += [embed.title or "", embed.description or "", embed.url or ""]
        parts += [text for embed_field in embed.fields for text in (embed_field.name or "", embed_field.value or "")]
    parts += _words_of(components)
    # Discord trims white space, so it does not count.
    plain = "\x1f".join(" ".join(part.split()) for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _words_of(component: Any) -> Iterator[str]:
    """What Discord keeps as it is of components: their ids, links and texts, in order."""
    if isinstance(component, list):
        for part in component:  # pyright: ignore[reportUnknownVariableType]
            yield from _words_of(part)
    elif isinstance(component, dict):
        for name in ("custom_id", "url", "content"):
            if isinstance(word := component.get(name), str):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                yield word
        for name in ("components", "accessory"):
            yield from _words_of(component.get(name))  # pyright: ignore[reportUnknownMemberType]
