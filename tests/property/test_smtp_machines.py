"""Invariants, for any octets of either peer in any splitting:
- no machine raises: a peer's nonsense is an event or a refusal, never an exception;
- the splitting of a client's octets changes neither events nor replies;
- the relay never gives a next hop a final dot unless told to forward, and never tells a client 250
  for a mail that no next hop and no worker accepted;
- what the relay sends to either side are whole lines without a bare CR or LF.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.smtp import (
    Action,
    Delivery,
    Inspect,
    Phase,
    Relay,
    RelayPolicy,
    ReportReceipts,
    SendToClient,
    SendToServer,
    ServerPolicy,
    StartTlsClient,
    StartTlsServer,
)
from gateway.smtp.client import Client
from gateway.smtp.data import has_bare_line_end
from gateway.smtp.policy import EarlyInput
from gateway.smtp.replies import REFUSED_CONTENT
from tests.unit.smtp.feeding import Rails

LINES = st.sampled_from(
    [
        b"EHLO me\r\n",
        b"HELO me\r\n",
        b"MAIL FROM:<a@b>\r\n",
        b"MAIL FROM:<a@b> SIZE=10\r\n",
        b"RCPT TO:<c@d>\r\n",
        b"DATA\r\n",
        b"text\r\n.\r\n",
        b".\r\n",
        b"a\nb\r\n.\r\n",
        b"BDAT 3\r\nabc",
        b"BDAT 2 LAST\r\n\r\n",
        b"BDAT 0 LAST\r\n",
        b"BDAT x\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"VRFY x\r\n",
        b"AUTH LOGIN\r\n",
        b"c2VjcmV0\r\n",
        b"QUIT\r\n",
        b"nonsense\r\n",
        b"bare\n",
        b"\xff\x00\r\n",
    ]
)
SCRIPT = st.lists(LINES, max_size=25).map(b"".join)
NOISE = st.binary(max_size=200)
CUTS = st.lists(st.integers(1, 40), max_size=12)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    return [piece for piece in [*pieces, data] if piece]


@given(SCRIPT | NOISE, CUTS)
def test_splitting_does_not_matter_to_the_server(data: bytes, cuts: list[int]) -> None:
    one, many = Rails(), Rails()
    one.feed(data)
    for piece in split(data, cuts):
        many.feed(piece)
    assert one.played.others == many.played.others
    assert one.played.body == many.played.body
    assert one.played.output == many.played.output
    assert not has_bare_line_end(one.played.output)


@given(NOISE, CUTS)
def test_noise_of_a_next_hop_is_no_exception(data: bytes, cuts: list[int]) -> None:
    client = Client()
    for piece in split(data, cuts):
        client.receive(piece)
        client.events()
    client.receive_eof()
    client.events()


REPLIES = st.sampled_from(
    [
        b"220 mx\r\n",
        b"250 ok\r\n",
        b"250-mx\r\n250-PIPELINING\r\n250 SIZE 100\r\n",
        b"250-mx\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n",
        b"334 x\r\n",
        b"354 go\r\n",
        b"450 later\r\n",
        b"550 no\r\n",
        b"221 bye\r\n",
        b"421 down\r\n",
        b"garbage\r\n",
        b"25",
        b"0 ok\r\n",
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("client"), LINES),
        st.tuples(st.just("server"), REPLIES),
        st.tuples(st.sampled_from(["forward", "split", "answer", "alive", "stop"]), st.just(b"")),
        st.tuples(st.sampled_from(["client closes", "server closes"]), st.just(b"")),
    ),
    max_size=60,
)
POLICIES = st.builds(
    RelayPolicy,
    server=st.builds(ServerPolicy, early_input=st.sampled_from(EarlyInput)),
    relay_auth=st.booleans(),
)
SECRET_BODY = [b"forwarded\r\n"]


class Driver:
    """Plays random steps as a worker would: decides only when asked, stops on TLS."""

    def __init__(self, policy: RelayPolicy) -> None:
        self.relay = Relay(policy)
        self.to_server = b""
        self.to_client = b""
        self.allowed_dots = 0
        self.over = False
        self._inspect: Inspect | None = None

    def step(self, kind: str, data: bytes) -> None:
        relay = self.relay
        if kind == "client":
            self.take(relay.client_data(data))
        elif kind == "server":
            self.take(relay.server_data(data))
        elif kind == "client closes":
            self.take(relay.client_closed())
        elif kind == "server closes":
            self.take(relay.server_closed())
        elif kind == "alive":
            self.take(relay.keep_alive())
        elif kind == "stop":
            self.take(relay.stop())
        elif self._inspect is not None:
            self.decide(kind, self._inspect)

    def decide(self, kind: str, inspect: Inspect) -> None:
        self._inspect = None
        recipients = inspect.envelope.recipients
        if kind == "answer":
            self.take(self.relay.answer(REFUSED_CONTENT))
        elif kind == "split" and len(recipients) > 1:
            self.allowed_dots += 2
            parts = (recipients[:1], recipients[1:])
            self.take(self.relay.forward([Delivery(part, SECRET_BODY) for part in parts]))
        else:
            self.allowed_dots += 1
            self.take(self.relay.forward([Delivery(recipients, SECRET_BODY)]))

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case SendToClient(data):
                    self.to_client += data
                case SendToServer(data):
                    self.to_server += data
                case Inspect():
                    self._inspect = action
                case StartTlsClient() | StartTlsServer():
                    self.over = True
                case ReportReceipts(answered=False, client_lost=False):
                    self.take(self.relay.answer(REFUSED_CONTENT))
                case _:
                    pass


BANNER = ("server", b"220 mx\r\n")
OPENING = [BANNER, ("client", b"EHLO me\r\n"), ("server", b"250-mx\r\n250 PIPELINING\r\n")]
ENVELOPE = [
    ("client", b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"),
    ("server", b"250 ok\r\n250 ok\r\n250 ok\r\n"),
]
BODY = [("client", b"text\r\n.\r\n")]
BEGINNINGS = st.sampled_from([[], OPENING, OPENING + ENVELOPE, OPENING + ENVELOPE + BODY])


@settings(max_examples=400)
@given(POLICIES, BEGINNINGS, STEPS)
def test_whatever_happens_the_relay_keeps_its_word(
    policy: RelayPolicy, beginning: list[tuple[str, bytes]], steps: list[tuple[str, bytes]]
) -> None:
    driver = Driver(policy)
    for kind, data in [*beginning, *steps]:
        driver.step(kind, data)
        if driver.over:
            break
    dots = driver.to_server.count(b"\r\n.\r\n")
    assert dots <= driver.allowed_dots
    assert not has_bare_line_end(driver.to_server)
    assert not has_bare_line_end(driver.to_client)
    assert b"text" not in driver.to_server
    if driver.relay.phase is Phase.CLOSED:
        assert driver.relay.client_data(b"NOOP\r\n") == []
