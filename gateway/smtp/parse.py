"""One command line becomes one command, or the refusal the client gets.

Purpose: the parsers of all verbs, in one table. Syntax only; sequence is the table of `states.py`.
Must never: guess; what does not parse is refused, not repaired.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.smtp import replies
from gateway.smtp.addresses import need_ascii, read_path
from gateway.smtp.commands import (
    Auth,
    Bdat,
    BodyType,
    Command,
    Data,
    Ehlo,
    Help,
    Mail,
    Noop,
    Quit,
    Rcpt,
    Ret,
    Rset,
    StartTls,
    Vrfy,
)
from gateway.smtp.errors import Refusal
from gateway.smtp.limits import (
    AUTH_LINE,
    CHUNK_SIZE_DIGITS,
    COMMAND_LINE,
    DOMAIN,
    MAIL_ALLOWANCE,
    RCPT_ALLOWANCE,
)
from gateway.smtp.offer import Extension, Offer

_UNWANTED: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_HELO_NAME: Final = re.compile(rf"[!-~]{{1,{DOMAIN}}}")
_MECHANISM: Final = re.compile(r"[A-Z0-9_-]{1,20}")
_AUTH_INITIAL: Final = re.compile(r"=|[A-Za-z0-9+/]+={0,2}")
_CHUNK: Final = re.compile(rf"(\d{{1,{CHUNK_SIZE_DIGITS}}})(?: +(LAST))?", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(rf"\d{{1,{CHUNK_SIZE_DIGITS}}}", re.ASCII)
_XTEXT: Final = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")
_ORCPT: Final = re.compile(r"[A-Za-z0-9-]+;[!-~\u0080-\U0010ffff]+")
_NOTIFY: Final = re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*")


def parse(untrusted_line: bytes, offer: Offer, *, smtputf8: bool) -> Command:
    """The command in a line (without CRLF).

    `offer` decides which parameters are known; `smtputf8`: the open transaction declared it.
    Raises Refusal with the reply the client gets.
    """
    if _UNWANTED.search(untrusted_line):
        raise Refusal(replies.BAD_CHARACTER)
    try:
        line = untrusted_line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(replies.BAD_CHARACTER) from error
    word, _, argument = line.rstrip(" \t").partition(" ")
    parser = _PARSERS.get(word.upper())
    if parser is None:
        raise Refusal(replies.UNKNOWN_COMMAND)
    if len(untrusted_line) + 2 > _LINE_LIMITS.get(word.upper(), COMMAND_LINE):
        raise Refusal(replies.LINE_TOO_LONG)
    return parser(argument, offer, smtputf8)


def _ehlo(argument: str, _offer: Offer, _utf8: bool) -> Command:
    return Ehlo(_helo_name(argument), extended=True)


def _helo(argument: str, _offer: Offer, _utf8: bool) -> Command:
    return Ehlo(_helo_name(argument), extended=False)


def _helo_name(argument: str) -> str:
    """Any printable word: real clients send underscores and bare names; the next hop judges."""
    name = argument.strip()
    if _HELO_NAME.fullmatch(name) is None:
        raise Refusal(replies.BAD_ARGUMENT)
    return name


def _mail(argument: str, offer: Offer, _utf8: bool) -> Command:
    if argument[:5].upper() != "FROM:":
        raise Refusal(replies.BAD_ARGUMENT)
    sender, rest = read_path(argument[5:], replies.BAD_SENDER, null_allowed=True)
    if not rest:
        need_ascii(sender, smtputf8=False)
        return Mail(sender)
    values = _parameters(rest, _MAIL_PARAMETERS, offer)
    size = values.get("SIZE")
    body = values.get("BODY")
    ret = values.get("RET")
    smtputf8 = "SMTPUTF8" in values
    need_ascii(sender, smtputf8=smtputf8)
    return Mail(
        sender,
        size=None if size is None else int(size),
        body=None if body is None else BodyType(body.upper()),
        smtputf8=smtputf8,
        ret=None if ret is None else Ret(ret.upper()),
        envid=values.get("ENVID"),
        auth=values.get("AUTH"),
    )


def _rcpt(argument: str, offer: Offer, utf8: bool) -> Command:
    if argument[:3].upper() != "TO:":
        raise Refusal(replies.BAD_ARGUMENT)
    recipient, rest = read_path(argument[3:], replies.BAD_RECIPIENT, null_allowed=False)
    need_ascii(recipient, smtputf8=utf8)
    if not rest:
        return Rcpt(recipient)
    values = _parameters(rest, _RCPT_PARAMETERS, offer)
    orcpt = values.get("ORCPT")
    if orcpt is not None:
        need_ascii(orcpt, smtputf8=utf8)
    notify = values.get("NOTIFY")
    return Rcpt(recipient, None if notify is None else notify.upper(), orcpt)


_Check = Callable[[str | None], bool]


def _matches(pattern: re.Pattern[str], *, fold: bool = False) -> _Check:
    def check(value: str | None) -> bool:
        if value is None:
            return False
        return pattern.fullmatch(value.upper() if fold else value) is not None

    return check


def _nothing(value: str | None) -> bool:
    return value is None


_MAIL_PARAMETERS: Final[dict[str, tuple[Extension, _Check]]] = {
    "SIZE": (Extension.SIZE, _matches(_NUMBER)),
    "BODY": (Extension.EIGHT_BIT_MIME, _matches(re.compile("7BIT|8BITMIME"), fold=True)),
    "SMTPUTF8": (Extension.SMTPUTF8, _nothing),
    "RET": (Extension.DSN, _matches(re.compile("FULL|HDRS"), fold=True)),
    "ENVID": (Extension.DSN, _matches(_XTEXT)),
    "AUTH": (Extension.AUTH, _matches(_XTEXT)),
}

_RCPT_PARAMETERS: Final[dict[str, tuple[Extension, _Check]]] = {
    "NOTIFY": (Extension.DSN, _matches(_NOTIFY, fold=True)),
    "ORCPT": (Extension.DSN, _matches(_ORCPT)),
}


def _parameters(
    rest: str, known: dict[str, tuple[Extension, _Check]], offer: Offer
) -> dict[str, str]:
    """Parameters by upper-case keyword; each at most once, offered, and well-formed."""
    values: dict[str, str] = {}
    for parameter in rest.split():
        keyword, equals, value = parameter.partition("=")
        keyword = keyword.upper()
        rule = known.get(keyword)
        if rule is None or not offer.has(rule[0]):
            raise Refusal(replies.BAD_PARAMETER)
        if keyword in values or not rule[1](value if equals else None):
            raise Refusal(replies.BAD_ARGUMENT)
        values[keyword] = value
    return values


def _auth(argument: str, offer: Offer, _utf8: bool) -> Command:
    if not offer.has(Extension.AUTH):
        raise Refusal(replies.NOT_IMPLEMENTED)
    mechanism, _, initial = argument.strip().partition(" ")
    if _MECHANISM.fullmatch(mechanism.upper()) is None:
        raise Refusal(replies.BAD_ARGUMENT)
    if initial and _AUTH_INITIAL.fullmatch(initial) is None:
        raise Refusal(replies.BAD_ARGUMENT)
    return Auth(mechanism.upper(), initial.encode("ascii"))


def _starttls(argument: str, offer: Offer, _utf8: bool) -> Command:
    if not offer.has(Extension.STARTTLS):
        raise Refusal(replies.NOT_IMPLEMENTED)
    if argument:
        raise Refusal(replies.BAD_ARGUMENT)
    return StartTls()


def _bdat(argument: str, _offer: Offer, _utf8: bool) -> Command:
    found = _CHUNK.fullmatch(argument.strip())
    if found is None:
        raise Refusal(replies.BAD_CHUNK_SIZE)
    return Bdat(int(found[1]), last=found[2] is not None)


def _vrfy(argument: str, _offer: Offer, utf8: bool) -> Command:
    if not argument.strip():
        raise Refusal(replies.BAD_ARGUMENT)
    need_ascii(argument, smtputf8=utf8)
    return Vrfy(argument.strip())


def _bare(command: Command) -> Callable[[str, Offer, bool], Command]:
    """Parser of a verb that takes no argument."""

    def parser(argument: str, _offer: Offer, _utf8: bool) -> Command:
        if argument:
            raise Refusal(replies.BAD_ARGUMENT)
        return command

    return parser


def _lenient(command: Command) -> Callable[[str, Offer, bool], Command]:
    """Parser of a verb whose argument means nothing (RFC 5321 4.1.1.8, 4.1.1.9)."""
    return lambda _argument, _offer, _utf8: command


_PARSERS: Final[dict[str, Callable[[str, Offer, bool], Command]]] = {
    "EHLO": _ehlo,
    "HELO": _helo,
    "MAIL": _mail,
    "RCPT": _rcpt,
    "DATA": _bare(Data()),
    "BDAT": _bdat,
    "RSET": _bare(Rset()),
    "NOOP": _lenient(Noop()),
    "HELP": _lenient(Help()),
    "VRFY": _vrfy,
    "QUIT": _bare(Quit()),
    "STARTTLS": _starttls,
    "AUTH": _auth,
}

_LINE_LIMITS: Final = {
    "MAIL": COMMAND_LINE + MAIL_ALLOWANCE,
    "RCPT": COMMAND_LINE + RCPT_ALLOWANCE,
    "AUTH": AUTH_LINE,
}
