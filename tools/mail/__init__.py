"""The lab's mail: a real server (Postfix), a recording one that misbehaves, and clients.

Everything works inside a network namespace when it is given its name.
"""

from tools.mail.behaviour import (
    ALL_EXTENSIONS,
    BARE_EXTENSIONS,
    Answer,
    Behaviour,
    Delay,
    Drop,
    Fault,
    Step,
)
from tools.mail.client import RecipientReply, SmtpResult, Target, send
from tools.mail.conversation import RecordedMail
from tools.mail.maildir import StoredMail
from tools.mail.postfix import Listen, PostfixError, PostfixServer
from tools.mail.postfix_config import Refusal
from tools.mail.recording import RecordingServer
from tools.mail.swaksclient import SwaksResult, swaks

__all__ = [
    "ALL_EXTENSIONS",
    "BARE_EXTENSIONS",
    "Answer",
    "Behaviour",
    "Delay",
    "Drop",
    "Fault",
    "Listen",
    "PostfixError",
    "PostfixServer",
    "RecipientReply",
    "RecordedMail",
    "RecordingServer",
    "Refusal",
    "SmtpResult",
    "Step",
    "StoredMail",
    "SwaksResult",
    "Target",
    "send",
    "swaks",
]
