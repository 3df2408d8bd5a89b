"""From the text of a settings file to a frozen document, or to everything wrong with it."""

from __future__ import annotations

import re
import tomllib
from typing import TypeVar

from pydantic import ValidationError

from gateway.policy.document import Document, Source
from gateway.policy.gateway_config import GatewayConfig
from gateway.policy.lines import key_lines
from gateway.policy.mail_policy import Policy
from gateway.policy.problems import Problem, SettingsError, problems_of

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")

D = TypeVar("D", bound=Document)


def load_policy(text: str, file: str = "policy.toml") -> Policy:
    """The policy that `text` writes down; `file` is the name it goes by in messages and traces.

    Raises SettingsError naming every problem.
    """
    return load_document(Policy, text, file)


def load_gateway_config(text: str, file: str = "gateway.toml") -> GatewayConfig:
    """As `load_policy`, for gateway.toml."""
    return load_document(GatewayConfig, text, file)


def load_document(document_type: type[D], text: str, file: str) -> D:
    """As `load_policy`, for any document."""
    content = _parse(text, file)
    source = Source(file, key_lines(text.replace("\r\n", "\n")))
    try:
        document = document_type.model_validate(content)
    except ValidationError as error:
        raise SettingsError(problems_of(error, document_type, source)) from None
    document._source = source
    return document


def _parse(text: str, file: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _TOML_PLACE.search(message)
        line = int(place[1]) if place and place[1] else max(1, len(text.splitlines()))
        words = _TOML_PLACE.sub("", message)
        raise SettingsError((Problem(file, line, "", f"is no valid TOML: {words}"),)) from None
