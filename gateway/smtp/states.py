"""The one transition table of SMTP here: for both ends of a dialogue, and for the relay between.

Purpose: every state change of `server.py`, `client.py` and `relay.py` stands in this file and
nowhere else; `drawing.py` makes docs/generated/smtp-states.md from it.
Must never: hold anything but the tables and the look-up.

A dialogue is a row of exchanges (a verb and the reply to it). Both ends of one connection pass
through the same states, so our server (facing the client) and our client (facing the next hop) use
the same table DIALOGUE: the server moves when it sends a reply, the client when it receives one.
A verb without an entry in a state is out of sequence there (503). A refusal without an entry leaves
the state as it is. Sources: RFC 5321 section 3 and 4.1.4, RFC 3030 (BDAT), 3207 (STARTTLS), 4954
(AUTH).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where one SMTP connection stands."""

    CONNECTED = "connected"  # TCP is up; the greeting is owed
    REFUSED = "refused"  # the greeting was 4xx or 5xx: only QUIT is left (RFC 5321 3.1)
    GREETED = "greeted"  # 220 passed, or a TLS handshake ended: EHLO is next
    READY = "ready"  # EHLO or HELO accepted; no transaction open
    MAIL = "mail"  # MAIL accepted; no recipient yet
    RCPT = "rcpt"  # at least one recipient accepted
    DATA = "data"  # 354 passed: octets are body until CRLF.CRLF
    CHUNKS = "chunks"  # at least one BDAT accepted, LAST not seen
    BROKEN = "broken"  # a BDAT was refused: only RSET helps (RFC 3030 section 2)
    AUTH = "auth"  # 334 passed: the next line is opaque
    TLS = "tls"  # 220 to STARTTLS passed: octets are a handshake
    CLOSED = "closed"


class Verb(StrEnum):
    """What a reply answers. CONNECT, HANDSHAKE and BODY are no command lines but are answered."""

    CONNECT = "connect"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    HANDSHAKE = "handshake"
    AUTH = "AUTH"
    AUTH_LINE = "auth line"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "final dot"
    BDAT = "BDAT"
    BDAT_LAST = "BDAT LAST"
    RSET = "RSET"
    NOOP = "NOOP"
    VRFY = "VRFY"
    HELP = "HELP"
    QUIT = "QUIT"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a reply means for the state: its first digit, and 421 apart (RFC 5321 4.2.1)."""

    OK = "2xx"
    MORE = "3xx"
    NO = "4xx/5xx"
    BYE = "421"


Exchange = tuple[Verb, Kind]

_ANYWHERE: Final[dict[Exchange, State]] = {(Verb.QUIT, Kind.OK): State.CLOSED}


def _idle(state: State) -> dict[Exchange, State]:
    """Commands that change nothing, wherever a command line may come."""
    return {
        (Verb.NOOP, Kind.OK): state,
        (Verb.VRFY, Kind.OK): state,
        (Verb.HELP, Kind.OK): state,
        **_ANYWHERE,
    }


def _restart(state: State) -> dict[Exchange, State]:
    """Commands that end an open transaction: RSET, and a new EHLO or HELO (RFC 5321 4.1.4)."""
    return {
        (Verb.EHLO, Kind.OK): State.READY,
        (Verb.HELO, Kind.OK): State.READY,
        (Verb.RSET, Kind.OK): state,
        **_idle(state),
    }


_IN_TRANSACTION: Final[dict[Exchange, State]] = {
    (Verb.EHLO, Kind.OK): State.READY,
    (Verb.HELO, Kind.OK): State.READY,
    (Verb.RSET, Kind.OK): State.READY,
}

DIALOGUE: Final[dict[State, dict[Exchange, State]]] = {
    State.CONNECTED: {
        (Verb.CONNECT, Kind.OK): State.GREETED,
        (Verb.CONNECT, Kind.NO): State.REFUSED,
    },
    State.REFUSED: dict(_ANYWHERE),
    State.GREETED: _restart(State.GREETED),
    State.READY: {
        **_restart(State.READY),
        (Verb.STARTTLS, Kind.OK): State.TLS,
        (Verb.AUTH, Kind.OK): State.READY,
        (Verb.AUTH, Kind.MORE): State.AUTH,
        (Verb.MAIL, Kind.OK): State.MAIL,
    },
    State.AUTH: {
        (Verb.AUTH_LINE, Kind.OK): State.READY,
        (Verb.AUTH_LINE, Kind.MORE): State.AUTH,
        (Verb.AUTH_LINE, Kind.NO): State.READY,
    },
    State.TLS: {
        (Verb.HANDSHAKE, Kind.OK): State.GREETED,
        (Verb.HANDSHAKE, Kind.NO): State.CLOSED,
    },
    State.MAIL: {
        **_idle(State.MAIL),
        **_IN_TRANSACTION,
        (Verb.RCPT, Kind.OK): State.RCPT,
    },
    State.RCPT: {
        **_idle(State.RCPT),
        **_IN_TRANSACTION,
        (Verb.RCPT, Kind.OK): State.RCPT,
        (Verb.DATA, Kind.MORE): State.DATA,
        (Verb.BDAT, Kind.OK): State.CHUNKS,
        (Verb.BDAT, Kind.NO): State.BROKEN,
        (Verb.BDAT_LAST, Kind.OK): State.READY,
        (Verb.BDAT_LAST, Kind.NO): State.READY,
    },
    State.DATA: {
        (Verb.BODY, Kind.OK): State.READY,
        (Verb.BODY, Kind.NO): State.READY,
    },
    State.CHUNKS: {
        **_idle(State.CHUNKS),
        **_IN_TRANSACTION,
        # The chunks are dropped when these are sent; refused, they must not come to life again.
        (Verb.EHLO, Kind.NO): State.BROKEN,
        (Verb.HELO, Kind.NO): State.BROKEN,
        (Verb.RSET, Kind.NO): State.BROKEN,
        (Verb.QUIT, Kind.NO): State.BROKEN,
        (Verb.BDAT, Kind.OK): State.CHUNKS,
        (Verb.BDAT, Kind.NO): State.BROKEN,
        (Verb.BDAT_LAST, Kind.OK): State.READY,
        (Verb.BDAT_LAST, Kind.NO): State.READY,
    },
    State.BROKEN: {
        **_idle(State.BROKEN),
        **_IN_TRANSACTION,
    },
    State.CLOSED: {},
}

_LEGAL: Final = {state: frozenset(verb for verb, _ in row) for state, row in DIALOGUE.items()}

_HOPED: Final[dict[Verb, Kind]] = {Verb.DATA: Kind.MORE}
"""The reply a pipelining client hopes for; all others hope for OK."""


def legal(state: State, verb: Verb) -> bool:
    """Whether `verb` is in sequence in `state`."""
    return verb in _LEGAL[state]


def after(state: State, verb: Verb, kind: Kind) -> State | None:
    """State after `verb` was answered with `kind`; None when that answer makes no sense there."""
    if kind is Kind.BYE:
        return State.CLOSED
    found = DIALOGUE[state].get((verb, kind))
    if found is None and kind is Kind.NO:
        return state
    return found


def hoped(state: State, verb: Verb) -> State:
    """State if the answer is the good one: where a pipelining client believes to be."""
    return DIALOGUE[state].get((verb, _HOPED.get(verb, Kind.OK)), state)


class Phase(StrEnum):
    """Where the relay between two dialogues stands."""

    GREETING = "greeting"  # the next hop's greeting is awaited; the client sees nothing
    SESSION = "session"  # commands and replies pass
    RECEIVING = "receiving"  # the client's body arrives
    INSPECTING = "inspecting"  # the body is complete; the worker thinks
    FORWARDING = "forwarding"  # bodies go to the next hop
    DECIDING = "deciding"  # all receipts are in; the worker chooses the client's answer
    OPAQUE = "opaque"  # TLS passes unseen (tls = pass)
    CLOSED = "closed"


class Turn(StrEnum):
    """What moves the relay from one phase to the next."""

    GREETED = "next hop greeted"
    BODY_BEGAN = "body began"
    BODY_DROPPED = "body dropped"
    BODY_ENDED = "body ended"
    FORWARD = "worker: forward"
    RECEIPTS_IN = "all receipts in"
    ANSWERED = "client answered"
    TLS_PASSED = "TLS passes unseen"
    ENDED = "connection ended"


RELAY: Final[dict[Phase, dict[Turn, Phase]]] = {
    Phase.GREETING: {Turn.GREETED: Phase.SESSION},
    Phase.SESSION: {Turn.BODY_BEGAN: Phase.RECEIVING, Turn.TLS_PASSED: Phase.OPAQUE},
    Phase.RECEIVING: {
        Turn.BODY_ENDED: Phase.INSPECTING,
        Turn.BODY_DROPPED: Phase.SESSION,
    },
    Phase.INSPECTING: {Turn.FORWARD: Phase.FORWARDING, Turn.ANSWERED: Phase.SESSION},
    Phase.FORWARDING: {Turn.RECEIPTS_IN: Phase.DECIDING, Turn.ANSWERED: Phase.SESSION},
    Phase.DECIDING: {Turn.ANSWERED: Phase.SESSION},
    Phase.OPAQUE: {},
    Phase.CLOSED: {},
}


def turned(phase: Phase, turn: Turn) -> Phase:
    """The relay's next phase. `ENDED` closes from anywhere. KeyError: our own programming error."""
    return Phase.CLOSED if turn is Turn.ENDED else RELAY[phase][turn]
