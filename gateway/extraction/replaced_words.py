"""The words of the notes that take the place of removed files, in each language. Data only.

A language is one entry of `WORDS`; a test holds that each says everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.model.language import Language


class ReplacedKind(StrEnum):
    """A group of files that have no clean form, as people know them."""

    PROGRAM = "program"
    SCRIPT = "script"
    SHORTCUT = "shortcut"
    NOTEBOOK = "notebook"
    CONTAINER = "container"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KindWords:
    """What such a file is, and why it is not delivered."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """One language: the text with its placeholders, and the words put into them."""

    text: str
    unnamed: str
    bytes: str
    kinds: dict[ReplacedKind, KindWords]


GENERAL: Final[dict[ReplacedKind, str]] = {
    ReplacedKind.PROGRAM: "a program does on a double click whatever its author wants",
    ReplacedKind.SCRIPT: "a script runs on a double click, with all rights of the reader",
    ReplacedKind.SHORTCUT: "a shortcut starts a program or opens a place that its icon hides",
    ReplacedKind.NOTEBOOK: "a notebook hides files behind pictures that start on a double click",
    ReplacedKind.CONTAINER: "its contents cannot be cleaned and put back",
    ReplacedKind.OTHER: "policy lets no file of this type through",
}
"""Why such a file is dangerous, for the trace and the mail's header."""

_ENGLISH: Final = LanguageWords(
    text="""The file "{name}" was removed from this mail.

What it was: {what}
Size: {size}
SHA-256: {sha256}

Why it was removed: {why}

What you can do: If you did not expect this file, nothing is missing. If you did, ask the sender
for another form of it, for example a PDF document. If you need the file itself, give the lines
above to your administrator.
""",
    unnamed="without a name",
    bytes="bytes",
    kinds={
        ReplacedKind.PROGRAM: KindWords(
            "a program",
            "Programs that come by mail are a common way to take over a computer.",
        ),
        ReplacedKind.SCRIPT: KindWords(
            "a script", "A script is a program in text form: a double click would run it."
        ),
        ReplacedKind.SHORTCUT: KindWords(
            "a shortcut",
            "A shortcut can start any program, whatever its name and picture promise.",
        ),
        ReplacedKind.NOTEBOOK: KindWords(
            "a OneNote notebook",
            "A notebook can hide programs behind pictures that invite a click.",
        ),
        ReplacedKind.CONTAINER: KindWords(
            "a container of files", "What it contains cannot be cleaned and put back."
        ),
        ReplacedKind.OTHER: KindWords(
            "a file", "Files of this type are not delivered by the rules of your organisation."
        ),
    },
)

_GERMAN: Final = LanguageWords(
    text="""Die Datei „{name}“ wurde aus dieser Mail entfernt.

Was es war: {what}
Größe: {size}
SHA-256: {sha256}

Warum sie entfernt wurde: {why}

Was Sie tun können: Haben Sie diese Datei nicht erwartet, so fehlt Ihnen nichts. Haben Sie sie
erwartet, so bitten Sie den Absender um eine andere Form, zum Beispiel ein PDF-Dokument. Brauchen
Sie die Datei selbst, so geben Sie die Zeilen oben Ihrer Administration.
""",
    unnamed="ohne Namen",
    bytes="Bytes",
    kinds={
        ReplacedKind.PROGRAM: KindWords(
            "ein Programm",
            "Programme, die per Mail kommen, sind ein üblicher Weg, einen Rechner zu übernehmen.",
        ),
        ReplacedKind.SCRIPT: KindWords(
            "ein Skript",
            "Ein Skript ist ein Programm in Textform: Ein Doppelklick würde es ausführen.",
        ),
        ReplacedKind.SHORTCUT: KindWords(
            "eine Verknüpfung",
            "Eine Verknüpfung kann jedes Programm starten, was Name und Bild auch versprechen.",
        ),
        ReplacedKind.NOTEBOOK: KindWords(
            "ein OneNote-Notizbuch",
            "Ein Notizbuch kann Programme hinter Bildern verbergen, die zum Klicken einladen.",
        ),
        ReplacedKind.CONTAINER: KindWords(
            "ein Behälter von Dateien",
            "Was darin liegt, lässt sich nicht bereinigen und zurücklegen.",
        ),
        ReplacedKind.OTHER: KindWords(
            "eine Datei", "Dateien dieser Art werden nach den Regeln Ihres Hauses nicht zugestellt."
        ),
    },
)

_FRENCH: Final = LanguageWords(
    text="""Le fichier « {name} » a été retiré de ce message.

Ce que c'était : {what}
Taille : {size}
SHA-256 : {sha256}

Pourquoi il a été retiré : {why}

Ce que vous pouvez faire : si vous n'attendiez pas ce fichier, il ne vous manque rien. Si vous
l'attendiez, demandez à l'expéditeur une autre forme, par exemple un document PDF. S'il vous faut
le fichier lui-même, transmettez les lignes ci-dessus à votre administrateur.
""",
    unnamed="sans nom",
    bytes="octets",
    kinds={
        ReplacedKind.PROGRAM: KindWords(
            "un programme",
            "Les programmes reçus par courriel servent souvent à prendre le contrôle d'un "
            "ordinateur.",
        ),
        ReplacedKind.SCRIPT: KindWords(
            "un script",
            "Un script est un programme sous forme de texte : un double clic l'exécuterait.",
        ),
        ReplacedKind.SHORTCUT: KindWords(
            "un raccourci",
            "Un raccourci peut lancer n'importe quel programme, quoi que promettent son nom et "
            "son image.",
        ),
        ReplacedKind.NOTEBOOK: KindWords(
            "un bloc-notes OneNote",
            "Un bloc-notes peut cacher des programmes derrière des images qui invitent à cliquer.",
        ),
        ReplacedKind.CONTAINER: KindWords(
            "un conteneur de fichiers",
            "Son contenu ne peut être ni nettoyé ni remis en place.",
        ),
        ReplacedKind.OTHER: KindWords(
            "un fichier",
            "Les règles de votre organisation ne permettent pas de remettre ce type de fichier.",
        ),
    },
)

_SPANISH: Final = LanguageWords(
    text="""El archivo «{name}» se ha retirado de este mensaje.

Qué era: {what}
Tamaño: {size}
SHA-256: {sha256}

Por qué se ha retirado: {why}

Qué puede hacer: si no esperaba este archivo, no le falta nada. Si lo esperaba, pida al remitente
otra forma de él, por ejemplo un documento PDF. Si necesita el archivo mismo, entregue las líneas
de arriba a su administrador.
""",
    unnamed="sin nombre",
    bytes="bytes",
    kinds={
        ReplacedKind.PROGRAM: KindWords(
            "un programa",
            "Los programas que llegan por correo son una vía habitual para tomar el control de un "
            "ordenador.",
        ),
        ReplacedKind.SCRIPT: KindWords(
            "un script",
            "Un script es un programa en forma de texto: un doble clic lo ejecutaría.",
        ),
        ReplacedKind.SHORTCUT: KindWords(
            "un acceso directo",
            "Un acceso directo puede iniciar cualquier programa, prometan lo que prometan su "
            "nombre y su imagen.",
        ),
        ReplacedKind.NOTEBOOK: KindWords(
            "un bloc de notas de OneNote",
            "Un bloc de notas puede ocultar programas tras imágenes que invitan a hacer clic.",
        ),
        ReplacedKind.CONTAINER: KindWords(
            "un contenedor de archivos",
            "Su contenido no se puede limpiar ni volver a colocar.",
        ),
        ReplacedKind.OTHER: KindWords(
            "un archivo",
            "Las reglas de su organización no permiten entregar archivos de este tipo.",
        ),
    },
)

WORDS: Final[dict[Language, LanguageWords]] = {
    Language.EN: _ENGLISH,
    Language.DE: _GERMAN,
    Language.FR: _FRENCH,
    Language.ES: _SPANISH,
}
"""Every language's words."""
