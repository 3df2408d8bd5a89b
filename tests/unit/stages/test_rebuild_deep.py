"""A document seven containers deep, one of them locked, comes out clean and in its place."""

from __future__ import annotations

from email import message_from_bytes

from gateway.model import Action
from tests.unit.extraction.archives.samples import cab_of, unpacked
from tests.unit.stages.line import ANNA, Line, outcome
from tests.unit.stages.mails import docm, mail
from tests.unit.stages.test_rebuild_nested import documents, has_macro
from tools.corpus.archives import seven_zip_of, tar_gz_of, zip_of
from tools.corpus.compose import Attachment
from tools.corpus.msg import msg_of

SECRET = "S3cret"


def test_from_the_inside_out(line: Line) -> None:
    data = seven_zip_of({"letter.docm": docm("x"), "k.txt": b"k" * 400}, password=SECRET)
    data = cab_of({"c.tgz": tar_gz_of({"c/b.zip": zip_of({"in/a.7z": data, "b.txt": b"b"})})})
    data = mail(Attachment("e.msg", "application/vnd.ms-outlook",
                           msg_of(subject="s", text="t", files={"d.cab": data})))  # fmt: skip
    outer = Attachment("f.eml", "application/octet-stream", data)
    case = line.run(mail(outer, text=f"password: {SECRET}"))
    assert case.dispositions[0].action is Action.DELIVER_EXTRACTED
    (locked,) = [part for part in case.parts if part.name == "in/a.7z"]
    assert "opened with a word from the mail" in outcome(case, "unpack", locked.id)

    delivered = message_from_bytes(line.delivered[ANNA])
    eml = documents(delivered)["f.eml"]
    msg = documents(message_from_bytes(eml))["e.eml"]
    cab = documents(message_from_bytes(msg))["d.zip"]
    tgz = unpacked(cab, "7zz", "x", "../archive")["c.tgz"]
    inner_zip = unpacked(tgz, "tar", "-xzf", "../archive")["c/b.zip"]
    members = unpacked(inner_zip, "7zz", "x", "../archive")
    assert members["b.txt"] == b"b"
    found = unpacked(members["in/a.7z"], "7zz", "x", f"-p{SECRET}", "../archive")
    assert found["k.txt"] == b"k" * 400 and not has_macro(found["letter.docm"])
    said = " ".join(delivered.get_all("X-Sluice-Removed", []))
    assert "e.msg: Outlook message written as mail" in said
    assert SECRET not in said
