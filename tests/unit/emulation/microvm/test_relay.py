"""Wine's log: lines as Wine 8 writes them."""

from __future__ import annotations

from gateway.emulation.microvm.relay import Argument, Call, Other, Return, Told, lines

COPY = (
    rb'  12.874:0108:010c:Call KERNEL32.CopyFileA(0021fbb0 "C:\\a.exe",'
    rb'0021faa0 "C:\\b \"q\", x.exe",00000000) ret=1400015cd'
)


def test_call_with_texts_that_hold_commas_and_quotes() -> None:
    (call,) = lines(COPY)
    assert isinstance(call, Call)
    assert (call.name, call.place.process, call.place.thread) == ("CopyFileA", 0x108, 0x10C)
    assert call.place.time == 12.874
    assert call.arguments == (
        Argument(0x21FBB0, "C:\\a.exe"),
        Argument(0x21FAA0, 'C:\\b "q", x.exe'),
        Argument(0),
    )


def test_wide_characters_are_decoded() -> None:
    (call,) = lines(rb'1.000:0020:0024:Call x.DeleteFileW(0021f L"C:\\\x00fc\x20ac.txt") ret=1')
    assert isinstance(call, Call)
    assert call.arguments[0].text == "C:\\\u00fc\u20ac.txt"


def test_return_and_other_channels() -> None:
    back, told, other = lines(
        b"1.000:0020:0024:Ret  KERNEL32.CopyFileA() retval=00000001 ret=1400\n"
        b'1.000:0020:0024:trace:process:CreateProcessInternalW app (null) cmdline L"cmd"\n'
        b"what the program itself printed\n"
    )
    assert isinstance(back, Return)
    assert (back.name, back.value) == ("CopyFileA", 1)
    assert isinstance(told, Told)
    assert (told.channel, told.texts) == ("process", ("cmd",))
    assert isinstance(other, Other)


def test_noise_is_no_line_and_no_error() -> None:
    assert list(lines(b"\n\n  \n")) == []
    assert all(isinstance(each, Other) for each in lines(bytes(range(256)) * 20))
    (cut,) = lines(b'1.000:0020:0024:Call x.y(1 "' + b"\\" * 60_000)
    assert isinstance(cut, Other)
