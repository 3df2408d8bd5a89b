"""End to end: every mail of the demo through a real gateway, compared with its promise.

Real client, NIC pair in namespaces, gateway, Postfix. LibreOffice is left to the demo itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.net.gateway_stand import running
from tools.corpus import demo_mail, demo_mails
from tools.demo.compare import differences
from tools.demo.run import Stand, see

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def up() -> Iterator[Stand]:
    with running("e") as stand:
        yield stand


@pytest.mark.parametrize("name", [mail.name for mail in demo_mails()])
def test_a_mail_of_the_demo_keeps_its_promise(up: Stand, name: str) -> None:
    assert differences(see(up, demo_mail(name)), open_office=False) == ()
