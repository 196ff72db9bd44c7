"""Every value that can be tuned: what it means, its unit, its default and why it is that.

A setting comes from the argument of `Settings.load`, then from the environment variable
``LEG_MASSAGE_<NAME>``, then from the default below.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from corpus.errors import SettingsError

PREFIX = "LEG_MASSAGE_"


class Settings(BaseModel):
    """Settings of the answering half; the chat page has its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: Path | None = Field(
        default=None, description="File or folder of documents; the bundled ones without it."
    )
    policy: Path | None = Field(
        default=None, description="Folder of the safety policy; the bundled one without it."
    )
    index: Path | None = Field(
        default=None,
        description="Folder of the index; a folder of the user's cache, one a corpus, without it.",
    )
    model: Path | None = Field(
        default=None,
        description="Folder of a sentence-transformers model; the bundled MiniLM without it.",
    )
    precision: Literal["fp32", "int8", "bf16"] = Field(
        default="fp32",
        description="Numbers that questions are embedded with; documents always with fp32. int8 "
        "(needs the extra `int8`) is faster and changes which passage comes first; bf16 needs "
        "torch for every question and changes hardly anything. docs/scaling.md has the figures.",
    )
    gpu: bool = Field(
        default=True,
        description="Embed on a CUDA device, where there is one, when 10,000 texts or more are to "
        "be indexed. Questions never need one.",
    )
    policy_cache: bool = Field(
        default=True,
        description="Keep the policy prepared in the user's cache folder, so that the next start "
        "need not compile it; off: compile it at every start.",
    )
    second_net: bool = Field(
        default=True,
        description="Ask the trained net where the rules would not refer; off: rules alone.",
    )
    passages: int = Field(
        default=16,
        ge=1,
        le=200,
        description="Passages considered for one answer. In the evaluation set the passage that "
        "answers is always among the first ten; the rest lets a comparison find its second side.",
    )
    answer_words: int = Field(
        default=130,
        ge=20,
        le=1000,
        description="Words after which no further passage is added to an answer. About what is "
        "read in half a minute; a list that the question asks for is never cut by it.",
    )
    list_words: int = Field(
        default=220,
        ge=20,
        le=2000,
        description="Words up to which a list is given in full; a longer one is given by the first "
        "sentence of each item.",
    )
    follow_ups: int = Field(
        default=3, ge=0, le=5, description="Questions offered after an answer, at most."
    )

    generator_url: str | None = Field(
        default=None,
        description="Address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1, "
        "that words the answers; without it answers are composed and nothing is sent anywhere.",
    )
    generator_model: str = Field(default="", description="Name of the model on that server.")
    generator_key: SecretStr | None = Field(
        default=None, description="Key for a server that wants one; never shown or logged."
    )
    generator_seconds: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="Seconds for a whole reply of the generator; then the composed answer is given."
        " People wait about that long before they send the question again.",
    )

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **arguments: Any) -> Self:
        """Return settings from arguments (None means not given), environment and defaults.

        Raises:
            SettingsError: A value cannot be used; the message names the setting.
        """
        values = os.environ if environ is None else environ
        given = {name: value for name, value in arguments.items() if value is not None}
        for name in cls.model_fields:
            value = values.get(PREFIX + name.upper(), "")
            if value and name not in given:
                given[name] = value
        try:
            return cls(**given)
        except ValidationError as error:
            problem = error.errors()[0]
            name = str(problem["loc"][0])
            given_value = "" if name == "generator_key" else f", not {problem['input']!r}"
            raise SettingsError(
                f"{name} (or {PREFIX}{name.upper()}): {problem['msg']}{given_value}"
            ) from error
