"""What a person reads in a message."""

import json
from typing import Any

import simcord


def texts(message: Any) -> str:
    """Every word of a message, whichever component it stands in."""
    return json.dumps(_texts(message.components), ensure_ascii=False) + (message.content or "")


def only_answer(result: simcord.InteractionResult) -> str:
    """The one answer, which only the person who acted sees."""
    [shown] = [*filter(None, [result.response]), *result.followups]
    assert result.ephemeral
    return shown.content


def _texts(component: Any) -> list[str]:
    if isinstance(component, list):
        return [text for part in component for text in _texts(part)]
    if not isinstance(component, dict):
        component = component.to_dict()
    words = [component[name] for name in ("content", "label", "placeholder") if component.get(name)]
    return words + _texts(component.get("components") or []) + _texts([component.get("accessory") or {}][:0])
