"""Mails through the relay: held, inspected, forwarded, refused, cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.smtp import (
    AbandonInspection,
    AwaitDrain,
    CloseClient,
    CloseServer,
    Delivery,
    DiscardBody,
    LocalProtocolError,
    Phase,
    Rcpt,
    ReportReceipts,
    SendToServer,
    Side,
)
from gateway.smtp import replies as r
from gateway.smtp.limits import DATA_DONE_TIMEOUT, FORWARD_WINDOW
from gateway.smtp.replies import Reply
from tests.conversation.playbook import (
    Answer,
    ClientCloses,
    Drained,
    Forward,
    FromClient,
    KeepAlive,
    ServerCloses,
    Step,
    Stop,
    TimedOut,
    from_client,
    from_server,
    play,
    store,
    to_client,
    to_server,
)
from tests.conversation.scenes import (
    BODY,
    ENVELOPE,
    FIRST,
    GO,
    GREETING,
    INSPECTING,
    OTHER,
    QUEUED,
    SECOND,
    delivery,
    inspect,
    receipt,
)

DOTTED = SendToServer(BODY + b".\r\n")
REJECT = r.REFUSED_CONTENT.saying("macro in invoice.docm")
LATER: list[Step] = [from_client(b"NOOP"), to_server(b"NOOP")]
"""The session goes on."""

FORWARDED: list[Step] = [*INSPECTING, Forward((delivery(),)), to_server(b"DATA")]
SENT: list[Step] = [*FORWARDED, from_server(b"354 go"), DOTTED]


def words(reply: Reply) -> bytes:
    """A reply's only line."""
    return reply.to_bytes()[:-2]


# --- one body ------------------------------------------------------------------------------------


def test_delivered_and_the_next_hops_words_relayed() -> None:
    play(
        [
            *SENT,
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts((receipt(),), answered=True),
            to_client(b"250 2.0.0 queued as 1"),
            *LATER,
        ]
    )


def test_a_second_mail_on_the_same_connection() -> None:
    mail: list[Step] = [
        *INSPECTING[len(GREETING) :],
        Forward((delivery(),)),
        to_server(b"DATA"),
        from_server(b"354 go"),
        DOTTED,
        from_server(b"250 2.0.0 queued as 1"),
        ReportReceipts((receipt(),), answered=True),
        to_client(b"250 2.0.0 queued as 1"),
    ]
    play([*GREETING, *mail, *mail])


@pytest.mark.parametrize("refusal", [b"554 5.6.0 no", b"451 4.3.0 later"])
def test_the_next_hop_refuses_the_mail(refusal: bytes) -> None:
    reply = Reply(int(refusal[:3]), (refusal[4:],))
    play(
        [
            *SENT,
            from_server(refusal),
            ReportReceipts((receipt(reply),), answered=True),
            to_client(refusal),
            *LATER,
        ]
    )


def test_the_next_hop_refuses_data() -> None:
    reply = Reply(554, (b"no more mail",))
    play(
        [
            *FORWARDED,
            from_server(b"554 no more mail"),
            ReportReceipts((receipt(reply),), answered=True),
            to_server(b"RSET"),
            to_client(b"554 no more mail"),
        ]
    )


def test_the_answer_may_be_held_until_it_is_recorded() -> None:
    play(
        [
            *INSPECTING,
            Forward((delivery(),), hold_reply=True),
            to_server(b"DATA"),
            from_server(b"354 go"),
            DOTTED,
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts((receipt(),), answered=False),
            Answer(QUEUED),
            to_client(b"250 2.0.0 queued as 1"),
            *LATER,
        ]
    )


def test_a_large_body_goes_out_a_window_at_a_time() -> None:
    block = b"x" * 998 + b"\r\n"
    given: list[int] = []

    def body() -> Iterator[bytes]:
        for index in range(600):
            given.append(index)
            yield block

    window = FORWARD_WINDOW // len(block) + 1
    relay = play(
        [
            *INSPECTING,
            Forward((Delivery((FIRST, SECOND), source := body()),)),
            to_server(b"DATA"),
            from_server(b"354 go"),
            SendToServer(block * window),
            AwaitDrain(),
            Drained(),
            SendToServer(block * window),
            AwaitDrain(),
        ]
    )
    assert len(given) == 2 * window
    assert relay.drained()[0] == SendToServer(block * (600 - 2 * window) + b".\r\n")
    assert next(source, None) is None
    assert relay.server_timeout == DATA_DONE_TIMEOUT


def test_a_body_with_dots_and_without_last_line_end() -> None:
    play(
        [
            *INSPECTING,
            Forward((Delivery((FIRST, SECOND), [b".a\r\n", b"", b".b"]),)),
            to_server(b"DATA"),
            from_server(b"354 go"),
            SendToServer(b"..a\r\n..b\r\n.\r\n"),
        ]
    )


# --- the worker says no --------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [REJECT, r.INSPECTION_PENDING])
def test_rejected_or_put_off(reply: Reply) -> None:
    play(
        [
            *INSPECTING,
            Answer(reply),
            to_server(b"RSET"),
            to_client(words(reply)),
            from_server(b"250 reset"),
            *LATER,
        ]
    )


def test_the_next_mail_waits_for_the_reset() -> None:
    play(
        [
            *INSPECTING,
            Answer(REJECT),
            to_server(b"RSET"),
            to_client(words(REJECT)),
            from_client(b"MAIL FROM:<a@b.example>"),
            to_server(b"MAIL FROM:<a@b.example>"),
            from_server(b"250 reset", b"250 sender"),
            to_client(b"250 sender"),
        ]
    )


def test_commands_behind_the_dot_wait_for_the_answer() -> None:
    play(
        [
            *GREETING,
            *ENVELOPE,
            FromClient(BODY + b".\r\nMAIL FROM:<next@b.example>\r\n"),
            store(BODY),
            inspect(),
            Answer(REJECT),
            to_server(b"RSET", b"MAIL FROM:<next@b.example>"),
            to_client(words(REJECT)),
        ]
    )


def test_the_deadline_passes_while_the_next_hop_owes_354() -> None:
    receipts = ReportReceipts((receipt(r.NOT_DELIVERED),), answered=True)
    play(
        [
            *FORWARDED,
            Answer(r.INSPECTION_PENDING),
            receipts,
            to_client(words(r.INSPECTION_PENDING)),
            CloseClient(),
            CloseServer(),
        ]
    )


def test_the_deadline_passes_behind_the_dot_and_the_receipt_says_so() -> None:
    receipts = ReportReceipts((receipt(r.NOT_DELIVERED, uncertain=True),), answered=True)
    play(
        [
            *SENT,
            Answer(r.NOT_DELIVERED),
            receipts,
            to_client(words(r.NOT_DELIVERED)),
            CloseClient(),
            CloseServer(),
        ]
    )


def test_a_long_inspection_keeps_the_next_hop_awake() -> None:
    play(
        [
            *INSPECTING,
            KeepAlive(),
            to_server(b"NOOP"),
            KeepAlive(),  # the first is not answered yet
            Forward((delivery(),)),  # DATA may not follow NOOP in one flight
            from_server(b"250 ok"),
            to_server(b"DATA"),
        ]
    )


# --- the body itself is refused ------------------------------------------------------------------


def test_a_bare_line_feed_is_refused_before_inspection() -> None:
    play(
        [
            *GREETING,
            *ENVELOPE,
            FromClient(b"bare\nline feed\r\n.\r\n"),
            store(b"bare\nline feed\r\n"),
            DiscardBody(),
            to_server(b"RSET"),
            to_client(words(r.BARE_LINE_END)),
            *LATER,
        ]
    )


def test_smuggling_is_text_and_refused() -> None:
    attack = b"text\n.\nMAIL FROM:<evil@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nevil\r\n.\r\n"
    relay = play([*GREETING, *ENVELOPE])
    actions = relay.client_data(attack)
    assert to_server(b"RSET") in actions
    assert to_client(words(r.BARE_LINE_END)) in actions
    assert not any(isinstance(each, SendToServer) and b"evil" in each.data for each in actions)


# --- chunks --------------------------------------------------------------------------------------


def test_chunks_become_data() -> None:
    play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b.example>", b"RCPT TO:<first@d.example>"),
            to_server(b"MAIL FROM:<a@b.example>", b"RCPT TO:<first@d.example>"),
            from_server(b"250 ok", b"250 ok"),
            to_client(b"250 ok", b"250 ok"),
            FromClient(b"BDAT 10\r\n" + BODY[:10]),
            store(BODY[:10]),
            to_client(words(r.CHUNK_OK)),
            FromClient(b"BDAT %d LAST\r\n" % (len(BODY) - 10) + BODY[10:]),
            store(BODY[10:]),
            inspect(BODY, FIRST),
            Forward((delivery(BODY, FIRST),)),
            to_server(b"DATA"),
            from_server(b"354 go"),
            DOTTED,
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts((receipt(QUEUED, FIRST),), answered=True),
            to_client(b"250 2.0.0 queued as 1"),
        ]
    )


def test_a_mail_in_one_flight_with_bdat() -> None:
    flight = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<first@d.example>\r\n"
    play(
        [
            *GREETING,
            FromClient(flight + b"BDAT %d LAST\r\n" % len(BODY) + BODY),
            SendToServer(flight),
            from_server(b"250 ok", b"250 ok"),
            store(BODY),
            inspect(BODY, FIRST),
            to_client(b"250 ok", b"250 ok"),
        ]
    )


# --- several bodies ------------------------------------------------------------------------------

TWO = (delivery(BODY, FIRST, size=len(BODY)), delivery(OTHER, SECOND, size=len(OTHER)))
SPLIT: list[Step] = [
    *INSPECTING,
    Forward(TWO),
    to_server(
        b"RSET", b"MAIL FROM:<a@b.example> SIZE=%d" % len(BODY), b"RCPT TO:<first@d.example>"
    ),
]
SECOND_OPENED = to_server(
    b"MAIL FROM:<a@b.example> SIZE=%d" % len(OTHER), b"RCPT TO:<second@d.example>"
)
FIRST_DONE: list[Step] = [
    *SPLIT,
    from_server(b"250 reset", b"250 sender", b"250 first"),
    to_server(b"DATA"),
    from_server(b"354 go"),
    DOTTED,
    from_server(b"250 2.0.0 queued as 1"),
    SECOND_OPENED,
]


def test_two_bodies_are_two_mails() -> None:
    play(
        [
            *FIRST_DONE,
            from_server(b"250 sender", b"250 second"),
            to_server(b"DATA"),
            from_server(b"354 go"),
            SendToServer(OTHER + b".\r\n"),
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts(
                (receipt(QUEUED, FIRST), receipt(QUEUED, SECOND, group=1)), answered=False
            ),
            Answer(QUEUED),
            to_client(b"250 2.0.0 queued as 1"),
            *LATER,
        ]
    )


def test_some_recipients_are_left_out() -> None:
    play(
        [
            *INSPECTING,
            Forward((delivery(BODY, SECOND),)),
            to_server(b"RSET", b"MAIL FROM:<a@b.example>", b"RCPT TO:<second@d.example>"),
        ]
    )


def test_the_second_recipient_is_refused_this_time() -> None:
    refused = Reply(450, (b"busy",))
    play(
        [
            *FIRST_DONE,
            from_server(b"250 sender", b"450 busy"),
            ReportReceipts(
                (receipt(QUEUED, FIRST), receipt(refused, SECOND, group=1)), answered=False
            ),
            Answer(QUEUED),
            to_server(b"RSET"),
            to_client(b"250 2.0.0 queued as 1"),
        ]
    )


def test_a_refused_sender_settles_its_group_once() -> None:
    refused = Reply(451, (b"not now",))
    play(
        [
            *SPLIT,
            from_server(b"250 reset", b"451 not now", b"503 no sender"),
            SECOND_OPENED,
            from_server(b"451 not now", b"503 no sender"),
            ReportReceipts(
                (receipt(refused, FIRST), receipt(refused, SECOND, group=1)), answered=False
            ),
        ]
    )


def test_one_of_two_recipients_of_a_body_is_refused_this_time() -> None:
    third = Rcpt("third@d.example")
    refused = Reply(450, (b"busy",))
    play(
        [
            *INSPECTING,
            Forward((delivery(BODY, FIRST, third),)),
            to_server(
                b"RSET",
                b"MAIL FROM:<a@b.example>",
                b"RCPT TO:<first@d.example>",
                b"RCPT TO:<third@d.example>",
            ),
            from_server(b"250 reset", b"250 sender", b"450 busy", b"250 third"),
            to_server(b"DATA"),
            from_server(b"354 go"),
            DOTTED,
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts((receipt(refused, FIRST), receipt(QUEUED, third)), answered=True),
            to_client(b"250 2.0.0 queued as 1"),
        ]
    )


def test_the_next_hop_is_lost_between_two_bodies() -> None:
    play(
        [
            *FIRST_DONE,
            ServerCloses(),
            ReportReceipts(
                (receipt(QUEUED, FIRST), receipt(r.NOT_DELIVERED, SECOND, group=1)),
                answered=False,
            ),
            CloseServer(),
            Answer(r.NOT_DELIVERED),
            to_client(words(r.NOT_DELIVERED)),
            CloseClient(),
        ]
    )


# --- broken connections --------------------------------------------------------------------------

GIVEN_UP: list[Step] = [to_client(words(r.NOT_DELIVERED)), CloseClient(), CloseServer()]


def test_the_next_hop_is_lost_while_the_body_arrives() -> None:
    play(
        [
            *GREETING,
            *ENVELOPE,
            FromClient(b"half"),
            store(b"half"),
            ServerCloses(),
            CloseServer(),
            FromClient(b" and half\r\n.\r\n"),
            store(b" and half\r\n"),
            DiscardBody(),
            to_client(words(r.NOT_DELIVERED)),
            CloseClient(),
        ]
    )


@pytest.mark.parametrize(
    ("decision", "answer"), [(Forward((delivery(),)), r.NOT_DELIVERED), (Answer(REJECT), REJECT)]
)
def test_the_next_hop_is_lost_during_inspection(decision: Step, answer: Reply) -> None:
    report: list[Step] = [ReportReceipts((receipt(answer),), answered=True)]
    play(
        [
            *INSPECTING,
            ServerCloses(),
            CloseServer(),
            decision,
            *(report if isinstance(decision, Forward) else []),
            to_client(words(answer)),
            CloseClient(),
        ]
    )


def test_the_next_hop_is_lost_before_354() -> None:
    report = ReportReceipts((receipt(r.NOT_DELIVERED),), answered=True)
    play([*FORWARDED, ServerCloses(), report, *GIVEN_UP])


def test_the_next_hop_is_lost_behind_the_dot() -> None:
    report = ReportReceipts((receipt(r.NOT_DELIVERED, uncertain=True),), answered=True)
    play([*SENT, ServerCloses(), report, *GIVEN_UP])


def test_the_next_hop_never_answers_the_dot() -> None:
    report = ReportReceipts((receipt(r.NOT_DELIVERED, uncertain=True),), answered=True)
    play([*SENT, TimedOut(Side.SERVER), report, *GIVEN_UP])


def test_the_client_is_lost_while_the_body_arrives() -> None:
    play(
        [
            *GREETING,
            *ENVELOPE,
            FromClient(b"half"),
            store(b"half"),
            ClientCloses(),
            DiscardBody(),
            to_server(b"QUIT"),
            CloseClient(),
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


@pytest.mark.parametrize("decision", [Forward((delivery(),)), Answer(REJECT)])
def test_the_client_is_lost_during_inspection(decision: Step) -> None:
    play(
        [
            *INSPECTING,
            ClientCloses(),
            AbandonInspection(),
            to_server(b"QUIT"),
            CloseClient(),
            decision,  # comes too late and does nothing
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


def test_the_client_is_lost_before_the_dot() -> None:
    """No half mail: the connection to the next hop ends without the dot."""
    report = ReportReceipts((receipt(r.NOT_DELIVERED),), answered=False, client_lost=True)
    play([*FORWARDED, ClientCloses(), AbandonInspection(), report, CloseClient(), CloseServer()])


def test_the_client_is_lost_within_a_window() -> None:
    block = b"x" * 998 + b"\r\n"
    window = FORWARD_WINDOW // len(block) + 1
    report = ReportReceipts((receipt(r.NOT_DELIVERED),), answered=False, client_lost=True)
    play(
        [
            *INSPECTING,
            Forward((Delivery((FIRST, SECOND), [block] * 600),)),
            to_server(b"DATA"),
            from_server(b"354 go"),
            SendToServer(block * window),
            AwaitDrain(),
            ClientCloses(),
            AbandonInspection(),
            report,
            CloseClient(),
            CloseServer(),
            Drained(),
        ]
    )


def test_the_client_is_lost_behind_the_dot() -> None:
    """The next hop has the mail: its receipt is still wanted, the client may send it again."""
    play(
        [
            *SENT,
            ClientCloses(),
            AbandonInspection(),
            CloseClient(),
            from_server(b"250 2.0.0 queued as 1"),
            ReportReceipts((receipt(),), answered=False, client_lost=True),
            to_server(b"QUIT"),
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


def test_the_client_is_lost_between_two_bodies() -> None:
    """The first body is delivered and cannot be taken back; the second is not begun."""
    report = ReportReceipts(
        (receipt(QUEUED, FIRST), receipt(r.NOT_DELIVERED, SECOND, group=1)),
        answered=False,
        client_lost=True,
    )
    play(
        [
            *FIRST_DONE[:-2],
            ClientCloses(),
            AbandonInspection(),
            CloseClient(),
            from_server(b"250 2.0.0 queued as 1"),
            report,
            to_server(b"QUIT"),
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


def test_a_graceful_stop_finishes_the_mail() -> None:
    play(
        [
            *INSPECTING,
            Stop(),
            Answer(REJECT),
            to_server(b"RSET", b"QUIT"),
            to_client(words(REJECT), words(r.CLOSING)),
            CloseClient(),
            from_server(b"250 reset", b"221 bye"),
            CloseServer(),
        ]
    )


# --- our own errors ------------------------------------------------------------------------------


def test_a_body_of_ours_with_a_bare_line_feed_never_gets_its_dot() -> None:
    report = ReportReceipts((receipt(r.LOCAL_ERROR),), answered=True)
    play(
        [
            *INSPECTING,
            Forward((delivery(b"bare\nline feed\r\n"),)),
            to_server(b"DATA"),
            from_server(b"354 go"),
            report,
            to_client(words(r.LOCAL_ERROR)),
            CloseClient(),
            CloseServer(),
        ]
    )


def test_a_body_that_cannot_be_read_ends_in_the_workers_answer() -> None:
    def body() -> Iterator[bytes]:
        yield b"first half\r\n"
        raise OSError("disk error")

    relay = play([*INSPECTING, Forward((Delivery((FIRST, SECOND), body()),)), to_server(b"DATA")])
    with pytest.raises(OSError, match="disk error"):
        relay.server_data(b"354 go\r\n")
    actions = relay.answer(r.LOCAL_ERROR)
    assert to_client(words(r.LOCAL_ERROR)) in actions
    assert CloseServer() in actions
    assert not any(isinstance(each, SendToServer) for each in actions)


@pytest.mark.parametrize("steps", [[], GREETING, [*GREETING, *ENVELOPE]])
def test_a_decision_without_a_mail_is_our_error(steps: list[Step]) -> None:
    with pytest.raises(LocalProtocolError):
        play(steps).forward([delivery()])
    with pytest.raises(LocalProtocolError):
        play(steps).answer(REJECT)
    with pytest.raises(LocalProtocolError):
        play(INSPECTING).forward([])


def test_data_is_answered_by_the_gateway_itself() -> None:
    relay = play([*GREETING, *ENVELOPE])
    assert relay.phase is Phase.RECEIVING
    assert words(r.START_DATA) == GO
