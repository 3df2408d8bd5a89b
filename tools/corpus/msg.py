"""Outlook messages ([MS-OXMSG]) with bodies, attachments and messages within."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack

from tools.corpus.compound import Tree, compound_file

_WHEN = (1793610000 + 11_644_473_600) * 10_000_000


def msg_of(
    *,
    subject: str,
    text: str,
    files: Mapping[str, bytes],
    messages: Sequence[Tree] = (),
    kind: str = "IPM.Note",
) -> bytes:
    """A message as a file; `messages` are made by `message_tree`."""
    tree = message_tree(subject=subject, text=text, files=files, messages=messages, kind=kind)
    return compound_file(tree)


def message_tree(
    *,
    subject: str,
    text: str,
    files: Mapping[str, bytes] = {},
    messages: Sequence[Tree] = (),
    kind: str = "IPM.Note",
    within: bool = False,
) -> Tree:
    """The storage of a message; one `within` another has a shorter head of its properties."""
    fixed = pack("<HHI8s", 0x40, 0x0039, 6, _WHEN.to_bytes(8, "little"))
    tree: dict[str, bytes | Tree] = {
        "__properties_version1.0": bytes(24 if within else 32) + fixed,
        **_texts({0x1A: kind, 0x37: subject, 0x1000: text, 0xC1A: "Sender",
                  0xC1F: "sender@client.example", 0xE04: "Anna"}),
    }  # fmt: skip
    for number, (name, content) in enumerate(files.items()):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8) + pack("<HHI8s", 3, 0x3705, 6, pack("<Q", 1)),
            "__substg1.0_37010102": content,
            **_texts({0x3707: name}),
        }
    for number, message in enumerate(messages, len(files)):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8) + pack("<HHI8s", 3, 0x3705, 6, pack("<Q", 5)),
            "__substg1.0_3701000D": message,
        }
    return tree


def _texts(values: Mapping[int, str]) -> dict[str, bytes | Tree]:
    return {
        f"__substg1.0_{number:04X}001F": text.encode("utf-16-le") for number, text in values.items()
    }
