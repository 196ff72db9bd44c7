"""The configuration reference, generated from the settings themselves."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assistant.settings import Settings
from ui.settings import PREFIX, ServiceSettings

_INTRODUCTION = """\
# Configuration

Every setting is an environment variable. A command's own option (such as `--port`) comes first,
then the variable, then the default. This page is printed by `leg-massage settings`.
"""


def configuration_reference() -> str:
    """Return the reference as Markdown."""
    parts = [
        _INTRODUCTION,
        "## Documents, policy and answers\n",
        _table(Settings),
        "\n## Page and service\n",
        _table(ServiceSettings),
    ]
    return "\n".join(parts)


def _table(settings: type[BaseModel]) -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in settings.model_fields.items():
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `{PREFIX}{name.upper()}` | {_default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default is None or field.default == "":
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
