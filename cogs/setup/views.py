"""The set-up panel and the first hello; everything on them works after a restart."""

import re
from typing import Any

import discord
from discord import ui

from bot.communities.rules import ChannelPurpose, Community
from bot.greeting.arrival_service import PREVIEW
from bot.ui.permissions import TITLES
from bot.ui.views import BaseLayout, LastingItem
from cogs.setup import actions
from cogs.setup.cards import COLOUR, WHAT_FOR, heading, hello_text, state_line

Interaction = discord.Interaction[Any]

CREATE, OPEN, SHOW = "create", "open", "show"
_LABELS = {CREATE: "Create the channels for me", OPEN: "Choose my own channels", SHOW: "Show me the greeting"}


#: Kinds of channels that can be chosen.
_KINDS = [discord.ChannelType.text, discord.ChannelType.news]
_FORUMS = [discord.ChannelType.forum]
MAY_BE_FORUMS = (ChannelPurpose.BLOG, ChannelPurpose.MEMBER_BLOGS)


class ChannelPicker(LastingItem[ui.ChannelSelect[Any]], template=r"setup:channel:(?P<purpose>\w+)"):
    """Chooses the channel for a purpose; choosing none clears it."""

    def __init__(self, purpose: ChannelPurpose, channel_id: int | None = None) -> None:
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"setup:channel:{purpose}",
                channel_types=_KINDS + (_FORUMS if purpose in MAY_BE_FORUMS else []),
                placeholder="Choose a channel",
                min_values=0,
                default_values=[discord.Object(channel_id)] if channel_id else [],
            )
        )
        self._purpose = purpose

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "ChannelPicker":
        """The select as it was used."""
        return cls(ChannelPurpose(match["purpose"]))

    async def pressed(self, interaction: Interaction) -> None:
        """Keep the choice and draw the panel anew."""
        chosen = self.item.values[0].id if self.item.values else None
        community = await actions.choose_channel(interaction, self._purpose, chosen)
        await interaction.response.edit_message(view=panel(interaction, community))


class HostRolePicker(LastingItem[ui.RoleSelect[Any]], template=r"setup:host-role"):
    """Chooses the role of the hosts; choosing none clears it."""

    def __init__(self, role_id: int | None = None) -> None:
        super().__init__(
            ui.RoleSelect(
                custom_id="setup:host-role",
                placeholder="Choose the role of the hosts",
                min_values=0,
                default_values=[discord.Object(role_id)] if role_id else [],
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "HostRolePicker":
        """The select as it was used."""
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        """Keep the choice and draw the panel anew."""
        chosen = self.item.values[0].id if self.item.values else None
        community = await actions.choose_host_role(interaction, chosen)
        await interaction.response.edit_message(view=panel(interaction, community))


class PanelButton(LastingItem[ui.Button[Any]], template=r"setup:(?P<action>create|open|show)"):
    """A button of the panel or of the first hello."""

    def __init__(self, action: str) -> None:
        style = discord.ButtonStyle.primary if action == CREATE else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=_LABELS[action], style=style, custom_id=f"setup:{action}"))
        self._action = action

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "PanelButton":
        """The button as it was pressed."""
        return cls(match["action"])

    async def pressed(self, interaction: Interaction) -> None:
        """Do what the button says."""
        if self._action == SHOW:
            await _show_greeting(interaction)
        elif self._action == OPEN:
            community = await actions.current_settings(interaction)
            await interaction.response.send_message(view=panel(interaction, community), ephemeral=True)
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
            community = await actions.create_channels(interaction)
            await interaction.followup.send(view=panel(interaction, community), ephemeral=True)


async def _show_greeting(interaction: Interaction) -> None:
    """Show what the next newcomer will read, to the person who asked only."""
    drawn = await interaction.client.preview(actions.manager_guild(interaction), PREVIEW, interaction.user.id)
    await interaction.response.send_message("The next newcomer reads this:", ephemeral=True)
    await interaction.followup.send(
        drawn.content, view=drawn.view, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )


def panel(interaction: Interaction, community: Community) -> BaseLayout:
    """The whole set-up in one message: what is chosen, what is missing, and where to mend it."""
    guild = interaction.guild
    assert guild is not None, "the panel is shown in guilds only"
    box: ui.Container[BaseLayout] = ui.Container(accent_colour=COLOUR)
    box.add_item(ui.TextDisplay(heading(guild, community, interaction.created_at)))
    for purpose, title in TITLES.items():
        channel = guild.get_channel(community.channels.get(purpose, 0))
        box.add_item(ui.TextDisplay(f"**{title}** · {WHAT_FOR[purpose]}"))
        box.add_item(ui.ActionRow[Any]().add_item(ChannelPicker(purpose, channel.id if channel else None)))
    role = guild.get_role(community.host_role_id or 0)
    box.add_item(ui.TextDisplay("**Host role** · who runs this community"))
    box.add_item(ui.ActionRow[Any]().add_item(HostRolePicker(role.id if role else None)))
    box.add_item(ui.Separator())
    box.add_item(ui.TextDisplay(state_line(guild, community)))
    box.add_item(ui.ActionRow[Any]().add_item(PanelButton(CREATE)).add_item(PanelButton(SHOW)))
    return BaseLayout(timeout=None).add_item(box)


def hello_layout(guild: discord.Guild) -> BaseLayout:
    """The bot's first hello, with the panel's first step."""
    box: ui.Container[BaseLayout] = ui.Container(accent_colour=COLOUR)
    box.add_item(ui.TextDisplay(hello_text(guild)))
    box.add_item(ui.ActionRow[Any]().add_item(PanelButton(CREATE)).add_item(PanelButton(OPEN)))
    return BaseLayout(timeout=None).add_item(box)
