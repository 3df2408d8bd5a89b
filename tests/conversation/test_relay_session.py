"""Sessions through the relay: greeting, commands, TLS, AUTH, ends."""

from __future__ import annotations

import pytest

from gateway.smtp import (
    BecomeOpaque,
    CloseClient,
    CloseServer,
    DiscardBody,
    NextHopTls,
    Phase,
    RelayPolicy,
    SendToClient,
    Side,
    StartTlsClient,
    StartTlsServer,
    TlsMode,
)
from gateway.smtp import replies as r
from gateway.smtp.limits import GREETING_TIMEOUT, MAIL_TIMEOUT, SERVER_TIMEOUT, TLS_TIMEOUT
from tests.conversation.playbook import (
    ClientCloses,
    ClientEncrypted,
    FromClient,
    ServerCloses,
    ServerEncrypted,
    Step,
    Stop,
    TimedOut,
    from_client,
    from_server,
    play,
    to_client,
    to_server,
)
from tests.conversation.scenes import GREETING


def words(reply: r.Reply) -> bytes:
    """A reply's only line."""
    return reply.to_bytes()[:-2]


LOST = to_client(words(r.NEXT_HOP_LOST))


# --- greeting ------------------------------------------------------------------------------------


def test_the_next_hops_own_greeting() -> None:
    play(GREETING)


def test_quit_is_relayed_and_closes_both() -> None:
    relay = play(
        [
            *GREETING,
            from_client(b"QUIT"),
            to_server(b"QUIT"),
            from_server(b"221 so long"),
            to_client(b"221 so long"),
            CloseClient(),
            CloseServer(),
        ],
        logs=True,
    )
    assert relay.phase is Phase.CLOSED


def test_helo() -> None:
    play(
        [
            from_server(b"220 mx"),
            to_client(b"220 mx"),
            from_client(b"HELO me"),
            to_server(b"HELO me"),
            from_server(b"250 mx"),
            to_client(b"250 mx"),
            from_client(b"MAIL FROM:<a@b> SIZE=1"),
            to_client(words(r.BAD_PARAMETER)),
        ]
    )


def test_an_old_next_hop_refuses_ehlo_and_the_client_falls_back() -> None:
    play(
        [
            from_server(b"220 mx"),
            to_client(b"220 mx"),
            from_client(b"EHLO me"),
            to_server(b"EHLO me"),
            from_server(b"500 what?"),
            to_client(b"500 what?"),
            from_client(b"HELO me"),
            to_server(b"HELO me"),
            from_server(b"250 mx"),
            to_client(b"250 mx"),
        ]
    )


def test_a_next_hop_that_refuses_to_serve() -> None:
    play(
        [
            from_server(b"554 no"),
            to_client(b"554 no"),
            from_client(b"EHLO me"),
            to_client(words(r.BAD_SEQUENCE)),
            from_client(b"QUIT"),
            to_server(b"QUIT"),
            from_server(b"221 bye"),
            to_client(b"221 bye"),
            CloseClient(),
            CloseServer(),
        ]
    )


def test_a_next_hop_that_is_busy() -> None:
    play([from_server(b"421 busy"), to_client(b"421 busy"), CloseClient(), CloseServer()])


def test_a_next_hop_that_cannot_be_reached() -> None:
    play([ServerCloses(), to_client(words(r.NEXT_HOP_UNREACHABLE)), CloseClient(), CloseServer()])


def test_controls_in_a_reply_do_not_reach_the_client() -> None:
    play([from_server(b"220 mx\x1b[2J"), to_client(b"220 mx?[2J")])


# --- commands ------------------------------------------------------------------------------------


def test_what_is_relayed_and_what_is_not() -> None:
    play(
        [
            *GREETING,
            from_client(b"NOOP x"),
            to_server(b"NOOP"),
            from_server(b"250 still here"),
            to_client(b"250 still here"),
            from_client(b"VRFY someone"),
            to_server(b"VRFY someone"),
            from_server(b"252 perhaps"),
            to_client(b"252 perhaps"),
            from_client(b"RSET"),
            to_server(b"RSET"),
            from_server(b"250 reset"),
            to_client(b"250 reset"),
            from_client(b"HELP"),
            to_client(words(r.HELP)),
            from_client(b"XCLIENT ADDR=192.0.2.1"),
            to_client(words(r.UNKNOWN_COMMAND)),
        ]
    )


def test_vrfy_may_be_kept_from_the_next_hop() -> None:
    play(
        [*GREETING, from_client(b"VRFY x"), to_client(words(r.NOT_VERIFIED))],
        policy=RelayPolicy(relay_vrfy=False),
    )


def test_refused_recipients_hear_the_servers_own_words() -> None:
    play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b>", b"RCPT TO:<no@d>", b"RCPT TO:<nor@d>", b"DATA"),
            to_server(b"MAIL FROM:<a@b>", b"RCPT TO:<no@d>", b"RCPT TO:<nor@d>"),
            from_server(b"250 ok", b"550-5.1.1 unknown", b"550 5.1.1 here", b"450 4.2.0 later"),
            to_client(
                b"250 ok",
                b"550-5.1.1 unknown",
                b"550 5.1.1 here",
                b"450 4.2.0 later",
                words(r.NO_RECIPIENTS),
            ),
        ]
    )


def test_a_refused_sender_makes_the_rest_of_the_flight_out_of_sequence() -> None:
    play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"DATA"),
            to_server(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            from_server(b"550 not you", b"503 no sender"),
            to_client(b"550 not you", b"503 no sender", words(r.BAD_SEQUENCE)),
        ]
    )


def test_a_next_hop_without_pipelining_gets_one_command_at_a_time() -> None:
    offer = to_client(b"250-mx", b"250-PIPELINING", b"250-SIZE 52428800", b"250 CHUNKING")
    play(
        [
            *GREETING[:4],
            from_server(b"250 mx"),
            offer,
            from_client(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            to_server(b"MAIL FROM:<a@b>"),
            from_server(b"250 one"),
            to_server(b"RCPT TO:<c@d>"),
            to_client(b"250 one"),
            from_server(b"250 two"),
            to_client(b"250 two"),
        ]
    )


# --- TLS -----------------------------------------------------------------------------------------

TLS_OFFER = from_server(b"250-mx", b"250-STARTTLS", b"250 AUTH PLAIN")
PLAIN_LINES = (b"250-mx", b"250-PIPELINING", b"250-SIZE 52428800")
SECRET = b"AHVzZXIAc2VjcmV0"

NEXT_HOP_ENCRYPTED: list[Step] = [
    *GREETING[:4],
    TLS_OFFER,
    to_server(b"STARTTLS"),
    from_server(b"220 go"),
    StartTlsServer(),
    ServerEncrypted(),
    to_server(b"EHLO me"),
]


def test_the_next_hops_tls_is_used_where_it_is_offered() -> None:
    play(
        [
            *NEXT_HOP_ENCRYPTED,
            from_server(b"250-mx", b"250 DSN"),
            to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 DSN"),
        ]
    )


def test_auth_behind_the_next_hops_tls_is_not_offered_in_the_clear() -> None:
    play(
        [
            *NEXT_HOP_ENCRYPTED,
            from_server(b"250-mx", b"250 AUTH PLAIN"),
            to_client(*PLAIN_LINES, b"250 CHUNKING"),
        ],
        policy=RelayPolicy(relay_auth=True),
    )


def test_a_next_hop_that_does_not_keep_its_offer_of_tls() -> None:
    play(
        [
            *GREETING[:4],
            TLS_OFFER,
            to_server(b"STARTTLS"),
            from_server(b"454 not now"),
            to_client(*PLAIN_LINES, b"250 CHUNKING"),
        ]
    )


def test_a_handshake_with_the_next_hop_that_fails() -> None:
    play([*NEXT_HOP_ENCRYPTED[:-2], ServerCloses(), LOST, CloseClient(), CloseServer()])


CLIENT_ENCRYPTED: list[Step] = [
    *GREETING[:4],
    from_server(b"250 mx"),
    to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 STARTTLS"),
    from_client(b"STARTTLS"),
    to_client(words(r.START_TLS)),
    StartTlsClient(),
    ClientEncrypted(),
]
CERTIFICATE = RelayPolicy(has_certificate=True)


def test_tls_of_the_client_ends_here() -> None:
    play(
        [
            *CLIENT_ENCRYPTED,
            from_client(b"EHLO again"),
            to_server(b"EHLO again"),
            from_server(b"250 mx"),
            to_client(*PLAIN_LINES, b"250 CHUNKING"),
        ],
        policy=CERTIFICATE,
    )


def test_a_handshake_with_the_client_that_fails() -> None:
    play(
        [
            *CLIENT_ENCRYPTED[:-1],
            ClientCloses(),
            to_server(b"QUIT"),
            CloseClient(),
            from_server(b"221 bye"),
            CloseServer(),
        ],
        policy=CERTIFICATE,
    )


def test_an_offer_of_starttls_that_comes_after_the_end_is_left() -> None:
    play(
        [
            *GREETING[:2],
            from_client(b"EHLO me", b"QUIT"),
            to_server(b"EHLO me"),
            to_client(words(r.UNEXPECTED_INPUT)),
            CloseClient(),
            from_server(b"250-mx", b"250 STARTTLS"),
            to_server(b"QUIT"),
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


@pytest.mark.parametrize("tls", TlsMode)
def test_starttls_injection_reaches_nobody(tls: TlsMode) -> None:
    play(
        [
            *GREETING[:4],
            from_server(b"250-mx", b"250 STARTTLS")
            if tls is TlsMode.PASS
            else from_server(b"250 mx"),
            to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 STARTTLS"),
            from_client(b"STARTTLS", b"MAIL FROM:<injected@x>"),
            *([] if tls is TlsMode.PASS else [to_server(b"QUIT")]),
            to_client(words(r.UNEXPECTED_INPUT)),
            CloseClient(),
            *([CloseServer()] if tls is TlsMode.PASS else []),
        ],
        policy=RelayPolicy(tls=tls, has_certificate=True),
    )


PASSING: list[Step] = [
    *GREETING[:4],
    from_server(b"250-mx", b"250 STARTTLS"),
    to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 STARTTLS"),
    from_client(b"STARTTLS"),
    to_server(b"STARTTLS"),
]


def test_tls_may_pass_unseen() -> None:
    relay = play(
        [
            *PASSING,
            from_server(b"220 go"),
            to_client(b"220 go"),
            BecomeOpaque("TLS was passed on unopened (tls = pass)"),
        ],
        policy=RelayPolicy(tls=TlsMode.PASS),
    )
    assert relay.phase is Phase.OPAQUE


def test_tls_that_the_next_hop_refuses_does_not_pass() -> None:
    play(
        [
            *PASSING,
            from_server(b"454 not now"),
            to_client(b"454 not now"),
            from_client(b"MAIL FROM:<a@b>"),
            to_server(b"MAIL FROM:<a@b>"),
        ],
        policy=RelayPolicy(tls=TlsMode.PASS),
    )


@pytest.mark.parametrize("when", [NextHopTls.AS_CLIENT, NextHopTls.NEVER])
def test_the_next_hops_tls_is_left_alone_when_policy_says_so(when: NextHopTls) -> None:
    play(
        [*GREETING[:4], TLS_OFFER, to_client(*PLAIN_LINES, b"250 CHUNKING")],
        policy=RelayPolicy(next_hop_tls=when),
    )


def test_tls_as_the_client_does_it() -> None:
    play(
        [
            *GREETING[:4],
            TLS_OFFER,
            to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 STARTTLS"),
            *CLIENT_ENCRYPTED[6:],
            from_client(b"EHLO again"),
            to_server(b"EHLO again"),
            TLS_OFFER,
            to_server(b"STARTTLS"),
            from_server(b"220 go"),
            StartTlsServer(),
            ServerEncrypted(),
            to_server(b"EHLO again"),
            from_server(b"250 mx"),
            to_client(*PLAIN_LINES, b"250 CHUNKING"),
        ],
        policy=RelayPolicy(next_hop_tls=NextHopTls.AS_CLIENT, has_certificate=True),
    )


# --- AUTH ----------------------------------------------------------------------------------------

SUBMISSION: list[Step] = [
    *GREETING[:4],
    from_server(b"250-mx", b"250 AUTH PLAIN LOGIN"),
    to_client(*PLAIN_LINES, b"250-CHUNKING", b"250 AUTH PLAIN LOGIN"),
]


def test_auth_passes_untouched_and_unlogged() -> None:
    relay = play(
        [
            *SUBMISSION,
            from_client(b"AUTH PLAIN " + SECRET),
            to_server(b"AUTH PLAIN " + SECRET),
            from_server(b"535 5.7.8 no"),
            to_client(b"535 5.7.8 no"),
            from_client(b"AUTH LOGIN"),
            to_server(b"AUTH LOGIN"),
            from_server(b"334 VXNlcm5hbWU6"),
            to_client(b"334 VXNlcm5hbWU6"),
            from_client(b"dXNlcg=="),
            to_server(b"dXNlcg=="),
            from_server(b"334 UGFzc3dvcmQ6"),
            to_client(b"334 UGFzc3dvcmQ6"),
            from_client(SECRET),
            to_server(SECRET),
            from_server(b"235 2.7.0 welcome"),
            to_client(b"235 2.7.0 welcome"),
        ],
        policy=RelayPolicy(relay_auth=True),
        logs=True,
    )
    assert relay.phase is Phase.SESSION


def test_auth_is_not_offered_on_the_ordinary_port() -> None:
    play(
        [
            *SUBMISSION[:-1],
            to_client(*PLAIN_LINES, b"250 CHUNKING"),
            from_client(b"AUTH PLAIN " + SECRET),
            to_client(words(r.NOT_IMPLEMENTED)),
        ]
    )


def test_a_malformed_auth_is_logged_without_its_credential() -> None:
    relay_actions = play(SUBMISSION, policy=RelayPolicy(relay_auth=True)).client_data(
        b"AUTH PLAIN not/base64!c2VjcmV0\r\n"
    )
    assert "c2VjcmV0" not in repr(relay_actions)
    assert SendToClient(r.BAD_ARGUMENT.to_bytes()) in relay_actions


# --- ends ----------------------------------------------------------------------------------------


def test_the_next_hop_says_goodbye_by_itself() -> None:
    play([*GREETING, from_server(b"421 going down"), LOST, CloseClient(), CloseServer()])


def test_the_next_hop_closes_between_commands() -> None:
    play([*GREETING, ServerCloses(), LOST, CloseClient(), CloseServer()])


def test_the_next_hop_closes_with_commands_on_their_way() -> None:
    play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            to_server(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            from_server(b"250 ok"),
            to_client(b"250 ok"),
            ServerCloses(),
            LOST,
            CloseClient(),
            CloseServer(),
        ]
    )


def test_the_next_hop_talks_nonsense() -> None:
    play([*GREETING, from_server(b"HTTP/1.1 400"), LOST, CloseClient(), CloseServer()])


def test_the_client_closes_in_mid_session() -> None:
    play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b>"),
            to_server(b"MAIL FROM:<a@b>"),
            ClientCloses(),
            to_server(b"QUIT"),
            CloseClient(),
            from_server(b"250 ok", b"500 never heard of it"),
            CloseServer(),
        ]
    )


def test_the_client_closes_during_an_authentication() -> None:
    play(
        [
            *SUBMISSION,
            from_client(b"AUTH LOGIN"),
            to_server(b"AUTH LOGIN"),
            ClientCloses(),
            CloseClient(),
            CloseServer(),
        ],
        policy=RelayPolicy(relay_auth=True),
    )


def test_the_client_closes_before_the_greeting() -> None:
    play([ClientCloses(), CloseClient(), CloseServer()])


def test_a_client_that_talks_before_the_greeting() -> None:
    play(
        [
            FromClient(b"GET / HTTP/1.1\r\n"),
            to_client(words(r.UNEXPECTED_INPUT)),
            CloseClient(),
            CloseServer(),
        ]
    )


def test_the_client_is_silent_for_too_long() -> None:
    play(
        [
            *GREETING,
            TimedOut(Side.CLIENT),
            to_server(b"QUIT"),
            to_client(words(r.TIMED_OUT)),
            CloseClient(),
            TimedOut(Side.SERVER),
            CloseServer(),
        ]
    )


def test_the_next_hop_is_silent_for_too_long() -> None:
    play(
        [
            *GREETING,
            from_client(b"NOOP"),
            to_server(b"NOOP"),
            TimedOut(Side.SERVER),
            LOST,
            CloseClient(),
            CloseServer(),
        ]
    )


def test_a_graceful_stop_says_so_when_idle() -> None:
    play(
        [
            *GREETING,
            Stop(),
            to_server(b"QUIT"),
            to_client(words(r.CLOSING)),
            CloseClient(),
            from_server(b"221 bye"),
            CloseServer(),
        ]
    )


def test_time_limits_follow_the_conversation() -> None:
    relay = play([])
    assert (relay.client_timeout, relay.server_timeout) == (None, GREETING_TIMEOUT)
    relay = play(GREETING)
    assert (relay.client_timeout, relay.server_timeout) == (SERVER_TIMEOUT, None)
    relay = play([*GREETING, from_client(b"NOOP"), to_server(b"NOOP")])
    assert (relay.client_timeout, relay.server_timeout) == (None, MAIL_TIMEOUT)
    relay = play(CLIENT_ENCRYPTED[:-1], policy=CERTIFICATE)
    assert relay.client_timeout == TLS_TIMEOUT


def test_rset_between_chunks_drops_the_body() -> None:
    opened = play(
        [
            *GREETING,
            from_client(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            to_server(b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"),
            from_server(b"250 ok", b"250 ok"),
            to_client(b"250 ok", b"250 ok"),
        ]
    )
    opened.client_data(b"BDAT 1\r\nx")
    assert DiscardBody() in opened.client_data(b"RSET\r\n")
    assert opened.phase is Phase.SESSION
