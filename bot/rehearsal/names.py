"""What people, channels and roles are called in a sentence."""

from simcord import Env

from bot.rehearsal import simulation
from bot.rehearsal.world import World


class NameBook:
    """The names of one world, of those who left too."""

    def __init__(self, env: Env, world: World) -> None:
        self._env = env
        self._world = world
        self.bot_id: int = env.backend.bot_user.id

    def person(self, member_id: int) -> str:
        """What someone is called."""
        return simulation.BOT_NAME if member_id == self.bot_id else simulation.display_name(self._env, member_id)

    def channel(self, channel_id: int) -> str:
        """A channel: #welcome, or the thread “Hello”."""
        stored = self._env.backend.channels.get(channel_id)
        threaded = stored is not None and stored.is_thread
        return f"the thread “{stored.name}”" if stored and threaded else self.tag(channel_id)

    def tag(self, channel_id: int) -> str:
        """A channel or a thread with the sign for a channel."""
        stored = self._env.backend.channels.get(channel_id)
        return f"#{stored.name}" if stored is not None and stored.name else "a channel"

    def role(self, role_id: int) -> str:
        """What a role is called."""
        return next((role.name for role in self._world.roles.values() if role.id == role_id), "a role")
