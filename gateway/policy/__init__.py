"""Policy: the settings of gateway.toml and policy.toml, matching, decisions. Pure.

Texts come in, values go out; whoever calls reads the files.
"""

from gateway.policy.decisions import decide, settle
from gateway.policy.document import BUILT_IN, Document
from gateway.policy.facts import Block, Extraction, MailFacts, OpenQuestion, PartFacts
from gateway.policy.gateway_config import GatewayConfig
from gateway.policy.load import load_document, load_gateway_config, load_policy
from gateway.policy.mail_policy import Policy
from gateway.policy.matching import (
    ListMatch,
    RecipientScope,
    TypeScope,
    listed_hash,
    listed_host,
    listed_network,
    listed_sender,
    recipient_scope,
    type_scope,
)
from gateway.policy.problems import Problem, SettingsError
from gateway.policy.words import (
    Answer,
    ExtractMethod,
    FailMeans,
    HeaderWhen,
    LogLevel,
    NicMode,
    OnFailure,
    ReleaseWhen,
    Repair,
    ScopeAction,
    Suspicion,
    TlsMode,
    UnscannedKind,
    VlanMode,
)

__all__ = [
    "BUILT_IN",
    "Answer",
    "Block",
    "Document",
    "ExtractMethod",
    "Extraction",
    "FailMeans",
    "GatewayConfig",
    "HeaderWhen",
    "ListMatch",
    "LogLevel",
    "MailFacts",
    "NicMode",
    "OnFailure",
    "OpenQuestion",
    "PartFacts",
    "Policy",
    "Problem",
    "RecipientScope",
    "ReleaseWhen",
    "Repair",
    "ScopeAction",
    "SettingsError",
    "Suspicion",
    "TlsMode",
    "TypeScope",
    "UnscannedKind",
    "VlanMode",
    "decide",
    "listed_hash",
    "listed_host",
    "listed_network",
    "listed_sender",
    "load_document",
    "load_gateway_config",
    "load_policy",
    "recipient_scope",
    "settle",
    "type_scope",
]
