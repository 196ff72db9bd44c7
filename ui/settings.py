"""Every setting of the page and the service: unit, default, meaning, environment variable.

Arguments come first, then ``LEG_MASSAGE_*`` variables, then the defaults below. The reference in
docs/configuration.md is generated from this class.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from corpus.errors import SettingsError

PREFIX = "LEG_MASSAGE_"


class ServiceSettings(BaseModel):
    """Settings of the page and the service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    root_path: str = Field("", description="Path under which a proxy serves the page, or empty.")
    auth: SecretStr | None = Field(
        None, description="user:password for HTTP basic auth on everything but the health routes."
    )
    secure_cookie: bool = Field(
        False, description="Send the conversation cookie over HTTPS only; set it behind TLS."
    )
    rate_limit: int = Field(
        0, ge=0, description="Questions a minute allowed from one address; 0 is no limit."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose X-Forwarded-For is believed, comma separated."
    )
    concurrency: int = Field(
        32, ge=1, description="Questions answered at the same time; the others wait in the queue."
    )
    queue_size: int = Field(
        64, ge=1, description="Questions that may wait; the next one is told that we are busy."
    )
    max_body_bytes: int = Field(
        16_000_000, ge=10_000, description="Size of the largest request that is read, in bytes."
    )
    max_history: int = Field(
        400, ge=1, description="Messages of history that the JSON endpoint takes with a question."
    )
    max_conversations: int = Field(
        5_000, ge=1, description="Conversations kept in memory; the one longest unused goes first."
    )
    max_turns: int = Field(
        200, ge=1, description="Questions in one conversation; then a new one has to be started."
    )
    idle_minutes: int = Field(
        120, ge=1, description="Minutes after which an unused conversation is forgotten."
    )
    shutdown_seconds: int = Field(
        10, ge=0, description="Seconds that running questions have to finish at shutdown."
    )
    store: str = Field(
        "",
        description="SQLite file for feedback and counts; empty is a file in the user's data"
        " folder, 'off' keeps nothing.",
    )
    store_messages: bool = Field(
        False, description="Keep the question and the reply with each feedback. Personal data."
    )
    review_log: bool = Field(
        False,
        description="Keep for `leg-massage review`, in the store, the words of conversations that"
        " a denial cleared, that hold a near-miss spelling, that were abstained from, or that the"
        " second net alone referred. Personal data.",
    )
    operator_page: bool = Field(
        False, description="Serve the operator's view of the local store at /operator."
    )
    metrics: bool = Field(True, description="Serve Prometheus metrics at /metrics.")
    log_level: str = Field(
        "INFO", description="Least severe log line to write: DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("auth")
    @classmethod
    def _has_user_and_password(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            user, _, password = value.get_secret_value().partition(":")
            if not user or not password:
                raise ValueError("must be user:password")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **arguments: Any) -> Self:
        """Return the settings from arguments that are not None, then the environment.

        Raises:
            SettingsError: A value cannot be used; the message names its variable.
        """
        env = os.environ if environment is None else environment
        values: dict[str, Any] = {
            name: env[PREFIX + name.upper()]
            for name in cls.model_fields
            if env.get(PREFIX + name.upper())
        }
        values |= {name: value for name, value in arguments.items() if value is not None}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = PREFIX + str(first["loc"][0]).upper()
            raise SettingsError(f"{name}: {first['msg']}") from None

    @property
    def store_path(self) -> Path | None:
        """The file of the local store, or None when nothing is kept."""
        if self.store.lower() == "off":
            return None
        if self.store:
            return Path(self.store)
        data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        return Path(data) / "leg-massage" / "service.sqlite3"
