"""Generates the mails, documents, archives and scripts of the demo and the tests.

Everything is made at run time from fixed seeds and dates; nothing here is malware. Two things
differ between runs: DKIM signatures (the key is made per process) and 7z archives.
"""

from tools.corpus.checks import attachment_of, body_differences, subject_matches, words_missing
from tools.corpus.compose import Attachment, compose
from tools.corpus.demo import (
    ANNA,
    OUTSIDE,
    SENDER,
    SENDER_DOMAIN,
    SERVER_DOMAIN,
    demo_mail,
    demo_mails,
)
from tools.corpus.promise import (
    Action,
    BodyCheck,
    ByteForByte,
    DemoMail,
    MacrosRemoved,
    PdfActionsRemoved,
    Promise,
    RecipientPromise,
    RowPromise,
    SignatureVerifies,
)

__all__ = [
    "ANNA",
    "OUTSIDE",
    "SENDER",
    "SENDER_DOMAIN",
    "SERVER_DOMAIN",
    "Action",
    "Attachment",
    "BodyCheck",
    "ByteForByte",
    "DemoMail",
    "MacrosRemoved",
    "PdfActionsRemoved",
    "Promise",
    "RecipientPromise",
    "RowPromise",
    "SignatureVerifies",
    "attachment_of",
    "body_differences",
    "compose",
    "demo_mail",
    "demo_mails",
    "subject_matches",
    "words_missing",
]
