"""The words of the banner in changed mails, in each language. Data only.

A line with a placeholder for which there is nothing (no link, no original) is left out.
"""

from __future__ import annotations

from typing import Final

from gateway.model.language import Language

PLACEHOLDERS: Final = ("files", "until", "link", "trace")
"""What a text may name in braces: what was taken out of which file (a list, on a line of its own),
the day until which the original is kept, the recipient's own link to it, and the trace's id."""

BANNERS: Final[dict[Language, str]] = {
    Language.EN: """\
This mail was changed to protect you. Taken out was what could act by itself:
{files}
The original is kept until {until}.
If you need it, ask for it here: {link}""",
    Language.DE: """\
Diese Mail wurde zu Ihrem Schutz verändert. Entfernt wurde, was von selbst handeln könnte:
{files}
Das Original wird bis {until} aufbewahrt.
Wenn Sie es brauchen, fordern Sie es hier an: {link}""",
    Language.FR: """\
Ce message a été modifié pour vous protéger. Ce qui pouvait agir de lui-même a été retiré :
{files}
L'original est conservé jusqu'au {until}.
Si vous en avez besoin, demandez-le ici : {link}""",
    Language.ES: """\
Este mensaje se ha modificado para protegerle. Se ha quitado lo que podía actuar por sí mismo:
{files}
El original se conserva hasta el {until}.
Si lo necesita, solicítelo aquí: {link}""",
}
