"""One connection of the recording server: reads commands, answers, hands on what it recorded."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tools.mail.behaviour import Answer, Behaviour, Delay, Drop, Step


@dataclass(frozen=True, slots=True)
class RecordedMail:
    """One mail: envelope as commanded, content as it came (dot-unstuffed), and how it came.

    mail_from and rcpt_to hold the arguments whole, parameters included. `accepted` is False for
    a mail that was received whole but answered otherwise than 2xx, or not at all.
    """

    client: str
    client_port: int
    helo: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes = field(repr=False)
    by_bdat: bool
    tls: bool
    auth: str
    accepted: bool

    @property
    def recipients(self) -> tuple[str, ...]:
        """The bare addresses of rcpt_to."""
        return tuple(one.partition("<")[2].partition(">")[0] for one in self.rcpt_to)


class _DroppedError(ConnectionError):
    """A fault ended the connection."""


class Conversation:
    """One connection, from the greeting to QUIT or the end of the stream."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        behaviour: Behaviour,
        *,
        tls: ssl.SSLContext | None,
        uses: dict[int, int],
        on_command: Callable[[bytes], None],
        on_mail: Callable[[RecordedMail], None],
    ) -> None:
        self._reader, self._writer, self._behaviour = reader, writer, behaviour
        self._tls_context, self._uses = tls, uses
        self._on_command, self._on_mail = on_command, on_mail
        peer = writer.get_extra_info("peername")
        self._blank = RecordedMail(peer[0], peer[1], "", "", (), b"", False, False, "", False)
        self._mail = self._blank
        self._chunks = bytearray()

    async def run(self) -> None:
        """Speaks until the client quits, goes away, or a fault ends it."""
        try:
            await self._answer(Step.CONNECT, self._behaviour.greeting)
            while (line := await self._reader.readline()).endswith(b"\n"):
                self._on_command(line.rstrip(b"\r\n"))
                verb, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
                if not await self._command(verb.upper(), argument.strip()):
                    return
        except _DroppedError:
            return

    async def _command(self, verb: str, argument: str) -> bool:
        """Carries out one command; False ends the conversation."""
        match verb:
            case "EHLO" if self._behaviour.knows_ehlo:
                self._hello(argument)
                lines = ("recorder.example", *self._extensions())
                await self._answer(Step.EHLO, "250 " + "\n".join(lines))
            case "HELO":
                self._hello(argument)
                await self._answer(Step.EHLO, "250 recorder.example")
            case "STARTTLS" if self._tls_context is not None and not self._blank.tls:
                await self._start_tls()
            case "AUTH":
                await self._authenticate(argument)
            case "MAIL":
                self._reset()
                if await self._answer(Step.MAIL, "250 2.1.0 Ok", argument):
                    self._mail = replace(self._mail, mail_from=argument[5:].strip())
            case "RCPT":
                if await self._answer(Step.RCPT, "250 2.1.5 Ok", argument):
                    rcpt_to = (*self._mail.rcpt_to, argument[3:].strip())
                    self._mail = replace(self._mail, rcpt_to=rcpt_to)
            case "DATA":
                await self._data()
            case "BDAT":
                await self._bdat(argument)
            case "RSET":
                self._reset()
                await self._say("250 2.0.0 Ok")
            case "NOOP":
                await self._say("250 2.0.0 Ok")
            case "VRFY":
                await self._say("252 2.1.5 Send some mail, I will try")
            case "QUIT":
                await self._answer(Step.QUIT, "221 2.0.0 Bye")
                return False
            case _:
                await self._say("502 5.5.2 Command not recognised")
        return True

    async def _data(self) -> None:
        if not self._mail.rcpt_to:
            await self._say("554 5.5.1 No valid recipients")
            return
        if not await self._answer(Step.DATA, "354 Go ahead"):
            return
        content = bytearray()
        while (line := await self._reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise _DroppedError
            starts_line = content.endswith(b"\r\n") or not content
            content += line[1:] if starts_line and line.startswith(b".") else line
        await self._received(bytes(content), by_bdat=False)

    async def _bdat(self, argument: str) -> None:
        """RFC 3030: the octets follow the command whatever the answer will be."""
        size, _, last = argument.partition(" ")
        self._chunks += await self._reader.readexactly(int(size))
        if not self._mail.rcpt_to:
            await self._say("554 5.5.1 No valid recipients")
        elif last.strip().upper() == "LAST":
            await self._received(bytes(self._chunks), by_bdat=True)
        else:
            await self._say(f"250 2.0.0 {size} octets")

    async def _received(self, content: bytes, *, by_bdat: bool) -> None:
        """A mail is here whole: record it, whether or not the client will hear of it."""
        mail = replace(self._mail, content=content, by_bdat=by_bdat)
        argument = ",".join(mail.recipients)
        self._reset()
        try:
            accepted = await self._answer(Step.BODY, "250 2.0.0 Recorded", argument, mail)
        except _DroppedError:
            self._on_mail(mail)
            raise
        if not accepted:
            self._on_mail(mail)

    async def _start_tls(self) -> None:
        if await self._answer(Step.STARTTLS, "220 2.0.0 Go ahead") and self._tls_context:
            await self._writer.start_tls(self._tls_context)
            self._blank = replace(self._blank, tls=True)
            self._reset()

    async def _authenticate(self, argument: str) -> None:
        """PLAIN and LOGIN, with or without an initial response; anything is believed."""
        mechanism, _, given = argument.partition(" ")
        asked = {"LOGIN": ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"), "PLAIN": ("",)}
        for prompt in asked.get(mechanism.upper(), ("",))[1 if given else 0 :]:
            await self._say(f"334 {prompt}")
            given += await self._line()
        if await self._answer(Step.AUTH, "235 2.7.0 Authenticated", argument):
            self._blank = replace(self._blank, auth=mechanism.upper())
            self._reset()

    async def _line(self) -> str:
        return (await self._reader.readline()).decode("utf-8", "replace").strip()

    def _extensions(self) -> tuple[str, ...]:
        offered = self._behaviour.extensions
        return tuple(one for one in offered if not (self._blank.tls and one.upper() == "STARTTLS"))

    def _hello(self, name: str) -> None:
        self._blank = replace(self._blank, helo=name)
        self._reset()

    def _reset(self) -> None:
        self._mail = self._blank
        self._chunks.clear()

    async def _answer(
        self, step: Step, success: str, argument: str = "", mail: RecordedMail | None = None
    ) -> bool:
        """Answers a step, with success unless a fault says otherwise; True for success.

        A mail is recorded before its 250 is sent: whoever reads that answer finds it recorded.
        """
        for number, fault in enumerate(self._behaviour.faults):
            if fault.step is not step or fault.argument not in argument:
                continue
            if fault.times and self._uses.get(number, 0) >= fault.times:
                continue
            self._uses[number] = self._uses.get(number, 0) + 1
            match fault:
                case Delay(seconds=seconds):
                    await asyncio.sleep(seconds)
                case Drop(reset=reset):
                    self._cut(reset)
                case Answer(reply=reply):
                    await self._say(reply)
                    return False
        if mail is not None:
            self._on_mail(replace(mail, accepted=True))
        await self._say(success)
        return True

    def _cut(self, reset: bool) -> None:
        if reset:
            linger = struct.pack("ii", 1, 0)
            plain: socket.socket = self._writer.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()
        raise _DroppedError

    async def _say(self, reply: str) -> None:
        """Sends a reply; `\\n` in its text makes it a reply of several lines."""
        code, rest = reply[:3], reply[4:].split("\n")
        lines = [f"{code}-{line}\r\n" for line in rest[:-1]] + [f"{code} {rest[-1]}\r\n"]
        self._writer.write("".join(lines).encode())
        await self._writer.drain()
