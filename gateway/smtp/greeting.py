"""EHLO, STARTTLS and what each leg of the connection is worth.

Purpose: one EHLO of the client becomes one EHLO to the next hop, or EHLO, STARTTLS, EHLO where the
next hop's TLS is to be used; the answer is cut down to what can be kept.
Must never: offer AUTH to a client in the clear when the next hop offers it only under TLS.
"""

from __future__ import annotations

from gateway.smtp.actions import BecomeOpaque
from gateway.smtp.commands import Ehlo, StartTls
from gateway.smtp.offer import NOTHING, Extension, Keeping, combine, ehlo_reply
from gateway.smtp.policy import NextHopTls, TlsMode
from gateway.smtp.replies import START_TLS, Reply
from gateway.smtp.session import OWN_TAG, Session
from gateway.smtp.states import Phase, State, Turn, Verb


class Greeting:
    """Who the client says it is, and how both legs are protected."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._held: tuple[int, Ehlo, Reply] | None = None
        self.helo = ""
        self.client_tls = False
        self.server_tls = False

    def on_reply(self, ticket: int, ehlo: Ehlo, reply: Reply) -> None:
        """The next hop accepted EHLO or HELO."""
        self.helo = ehlo.domain
        if not ehlo.extended:
            self._session.server.offer(NOTHING)
            self._session.server.reply(ticket, reply.cleaned())
        elif self._wants_server_tls():
            self._held = (ticket, ehlo, reply)
            self._session.client.send(StartTls(), OWN_TAG)
        else:
            self._answer(ticket, reply)

    def on_starttls(self, ticket: int, command: StartTls) -> None:
        """The client wants TLS."""
        if self._session.policy.tls is TlsMode.PASS:
            self._session.client.send(command, ticket)
        else:
            self._session.server.reply(ticket, START_TLS)

    def on_own_starttls_refused(self, reply: Reply) -> None:
        """The next hop offered STARTTLS and does not keep it: go on in the clear."""
        self._session.log("next hop refused STARTTLS", str(reply))
        if self._held is not None:
            ticket, _, ehlo_answer = self._held
            self._held = None
            self._answer(ticket, ehlo_answer)

    def client_encrypted(self) -> None:
        """The handshake with the client ended well."""
        self._session.server.tls_started()
        self.client_tls = True

    def server_encrypted(self) -> None:
        """The handshake with the next hop ended well: EHLO again, under TLS (RFC 3207 4.2)."""
        self._session.client.tls_started()
        self.server_tls = True
        if self._held is not None:
            ticket, ehlo, _ = self._held
            self._held = None
            self._session.client.send(ehlo, ticket)

    def check_opaque(self) -> None:
        """In `tls = pass`, once both sides agreed on TLS, nothing more can be read."""
        session = self._session
        passing = session.policy.tls is TlsMode.PASS and session.phase is Phase.SESSION
        if passing and session.server.state is session.client.state is State.TLS:
            session.turn(Turn.TLS_PASSED)
            session.do_last(BecomeOpaque("TLS was passed on unopened (tls = pass)"))

    def _answer(self, ticket: int, reply: Reply) -> None:
        offer = combine(self._session.client.offer, self._keeping())
        self._session.server.offer(offer)
        self._session.server.reply(ticket, ehlo_reply(reply, offer))

    def _wants_server_tls(self) -> bool:
        policy = self._session.policy
        if self.server_tls or policy.tls is TlsMode.PASS:
            return False
        if not self._session.client.offer.has(Extension.STARTTLS):
            return False
        if not self._session.client.may_send(Verb.STARTTLS):
            # Our QUIT is queued behind the EHLO: no mail follows that TLS could protect.
            return False
        match policy.next_hop_tls:
            case NextHopTls.WHERE_OFFERED:
                return True
            case NextHopTls.AS_CLIENT:
                return self.client_tls
            case NextHopTls.NEVER:
                return False

    def _keeping(self) -> Keeping:
        policy = self._session.policy
        if policy.tls is TlsMode.PASS:
            start_tls = self._session.client.offer.has(Extension.STARTTLS)
        else:
            start_tls = policy.has_certificate and not self.client_tls
        # A next hop that offers AUTH only because our leg is encrypted must not make a client
        # whose leg is not encrypted send its password in the clear.
        protected = self.client_tls or not self.server_tls
        return Keeping(
            max_size=policy.server.max_size,
            start_tls=start_tls,
            auth=policy.relay_auth and protected,
        )
