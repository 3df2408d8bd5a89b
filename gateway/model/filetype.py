"""The types the gateway tells apart, and what kind of harm each is able to do.

`Acts` is what the plan's gates ask: a text never runs, a script runs by itself, a PDF runs only
through content that the static stage can name, an archive only carries others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Acts(StrEnum):
    """How a file of a type comes to act when a person opens it."""

    NEVER = "never"
    CARRIES = "carries"
    BY_CONTENT = "by_content"
    ALWAYS = "always"


class Family(StrEnum):
    """Groups of types that stages treat alike."""

    TEXT = "text"
    IMAGE = "image"
    MEDIA = "media"
    ARCHIVE = "archive"
    MAIL = "mail"
    OFFICE = "office"
    PDF = "pdf"
    SCRIPT = "script"
    PROGRAM = "program"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FileType:
    """A type by its short name (as in policy and traces) and its words for people."""

    name: str
    title: str
    family: Family
    acts: Acts
    extensions: tuple[str, ...] = ()


def _t(name: str, title: str, family: Family, acts: Acts, *extensions: str) -> FileType:
    return FileType(name, title, family, acts, extensions or (name,))


_N, _C, _B, _A = Acts.NEVER, Acts.CARRIES, Acts.BY_CONTENT, Acts.ALWAYS

FILE_TYPES: tuple[FileType, ...] = (
    _t("text", "plain text", Family.TEXT, _N, "txt", "log", "md", "text", "tokens"),
    _t("csv", "comma-separated values", Family.TEXT, _N, "csv", "tsv"),
    _t("json", "JSON data", Family.TEXT, _N, "json"),
    _t("xml", "XML data", Family.TEXT, _N, "xml"),
    _t("ics", "calendar entry", Family.TEXT, _N, "ics"),
    _t("vcard", "address card", Family.TEXT, _N, "vcf"),
    _t("html", "web page", Family.TEXT, _B, "html", "htm", "xhtml"),
    _t("svg", "SVG drawing", Family.IMAGE, _B, "svg"),
    _t("jpeg", "JPEG picture", Family.IMAGE, _N, "jpg", "jpeg"),
    _t("png", "PNG picture", Family.IMAGE, _N, "png"),
    _t("gif", "GIF picture", Family.IMAGE, _N, "gif"),
    _t("webp", "WebP picture", Family.IMAGE, _N, "webp"),
    _t("tiff", "TIFF picture", Family.IMAGE, _N, "tif", "tiff"),
    _t("bmp", "BMP picture", Family.IMAGE, _N, "bmp"),
    _t("audio", "sound", Family.MEDIA, _N, "mp3", "wav", "ogg", "flac", "m4a"),
    _t("video", "video", Family.MEDIA, _N, "mp4", "avi", "mkv", "mov"),
    _t("pdf", "PDF document", Family.PDF, _B, "pdf"),
    _t("docx", "Word document", Family.OFFICE, _B, "docx"),
    _t("docm", "Word document with macros", Family.OFFICE, _B, "docm"),
    _t("dotx", "Word template", Family.OFFICE, _B, "dotx"),
    _t("dotm", "Word template with macros", Family.OFFICE, _B, "dotm"),
    _t("xlsx", "Excel workbook", Family.OFFICE, _B, "xlsx"),
    _t("xlsm", "Excel workbook with macros", Family.OFFICE, _B, "xlsm"),
    _t("xltx", "Excel template", Family.OFFICE, _B, "xltx"),
    _t("xltm", "Excel template with macros", Family.OFFICE, _B, "xltm"),
    _t("xlsb", "binary Excel workbook", Family.OFFICE, _B, "xlsb"),
    _t("xlam", "Excel add-in", Family.OFFICE, _B, "xlam"),
    _t("pptx", "PowerPoint presentation", Family.OFFICE, _B, "pptx"),
    _t("pptm", "PowerPoint presentation with macros", Family.OFFICE, _B, "pptm"),
    _t("ppsx", "PowerPoint show", Family.OFFICE, _B, "ppsx"),
    _t("ppsm", "PowerPoint show with macros", Family.OFFICE, _B, "ppsm"),
    _t("potx", "PowerPoint template", Family.OFFICE, _B, "potx"),
    _t("potm", "PowerPoint template with macros", Family.OFFICE, _B, "potm"),
    _t("ole-doc", "Word 97-2003 document", Family.OFFICE, _B, "doc", "dot"),
    _t("ole-xls", "Excel 97-2003 workbook", Family.OFFICE, _B, "xls", "xlt"),
    _t("ole-ppt", "PowerPoint 97-2003 presentation", Family.OFFICE, _B, "ppt", "pps", "pot"),
    _t("ole", "OLE compound file", Family.OFFICE, _B, "ole", "wps"),
    _t(
        *("odf", "OpenDocument", Family.OFFICE, _B, "odt", "ods", "odp", "odg", "ott", "ots"),
        *("otp", "otg", "odm", "oth", "fodt", "fods", "fodp", "fodg"),
    ),
    _t("rtf", "rich text", Family.OFFICE, _B, "rtf"),
    _t("onenote", "OneNote section", Family.OFFICE, _B, "one"),
    _t("office-encrypted", "password-protected Office document", Family.OFFICE, _B),
    _t("zip", "zip archive", Family.ARCHIVE, _C, "zip"),
    _t("tar", "tar archive", Family.ARCHIVE, _C, "tar", "ustar"),
    _t("gzip", "gzip file", Family.ARCHIVE, _C, "gz", "tgz", "grz"),
    _t("bzip2", "bzip2 file", Family.ARCHIVE, _C, "bz2", "tbz"),
    _t("xz", "xz file", Family.ARCHIVE, _C, "xz", "txz"),
    _t("zstd", "zstd file", Family.ARCHIVE, _C, "zst"),
    _t("lz4", "lz4 file", Family.ARCHIVE, _C, "lz4"),
    _t("lzip", "lzip file", Family.ARCHIVE, _C, "lz", "tlz"),
    _t("compress", "compress file", Family.ARCHIVE, _C, "z"),
    _t("7z", "7-Zip archive", Family.ARCHIVE, _C, "7z"),
    _t("rar", "RAR archive", Family.ARCHIVE, _C, "rar"),
    _t("cab", "Windows cabinet", Family.ARCHIVE, _C, "cab"),
    _t("iso", "disc image", Family.ARCHIVE, _C, "iso", "img"),
    _t("cpio", "cpio archive", Family.ARCHIVE, _C, "cpio"),
    _t("ar", "ar archive", Family.ARCHIVE, _C, "a", "deb"),
    _t("lha", "LHA archive", Family.ARCHIVE, _C, "lha", "lzh"),
    _t("rpm", "RPM package", Family.ARCHIVE, _C, "rpm"),
    _t("arj", "ARJ archive", Family.ARCHIVE, _C, "arj"),
    _t("ace", "ACE archive", Family.ARCHIVE, _C, "ace"),
    _t("arc", "ARC archive", Family.ARCHIVE, _C, "arc"),
    _t("zoo", "ZOO archive", Family.ARCHIVE, _C, "zoo"),
    _t("sis", "Symbian package", Family.ARCHIVE, _C, "sis", "sisx"),
    _t("stuffit", "StuffIt archive", Family.ARCHIVE, _C, "sit", "sitx"),
    _t("szdd", "file of compress.exe", Family.ARCHIVE, _C, "ex_", "dl_", "szdd"),
    _t("binhex", "BinHex file", Family.ARCHIVE, _C, "hqx"),
    _t("macbinary", "MacBinary file", Family.ARCHIVE, _C, "macbin"),
    _t("uue", "uuencoded file", Family.ARCHIVE, _C, "uue", "uu", "xxe"),
    _t("yenc", "yEnc file", Family.ARCHIVE, _C, "yenc", "ync"),
    _t("eml", "mail", Family.MAIL, _C, "eml", "mbox"),
    _t("tnef", "Outlook winmail.dat", Family.MAIL, _C, "dat", "tnef"),
    _t("msg", "Outlook message", Family.MAIL, _C, "msg"),
    _t("sh", "shell script", Family.SCRIPT, _A, "sh", "bash"),
    _t("python", "Python script", Family.SCRIPT, _A, "py"),
    _t("perl", "Perl script", Family.SCRIPT, _A, "pl"),
    _t("javascript", "JavaScript", Family.SCRIPT, _A, "js", "jse", "mjs"),
    _t("vbscript", "VBScript", Family.SCRIPT, _A, "vbs", "vbe"),
    _t("wsf", "Windows script file", Family.SCRIPT, _A, "wsf"),
    _t("hta", "HTML application", Family.SCRIPT, _A, "hta"),
    _t("powershell", "PowerShell script", Family.SCRIPT, _A, "ps1"),
    _t("batch", "Windows batch file", Family.SCRIPT, _A, "bat", "cmd"),
    _t("php", "PHP script", Family.SCRIPT, _A, "php"),
    _t("elf", "Linux program", Family.PROGRAM, _A, "elf", "so"),
    _t("pe", "Windows program", Family.PROGRAM, _A, "exe", "dll", "scr"),
    _t("shellcode", "bare machine code", Family.PROGRAM, _A, "shc"),
    _t("macho", "macOS program", Family.PROGRAM, _A, "dylib"),
    _t("jar", "Java program", Family.PROGRAM, _A, "jar", "class"),
    _t("msi", "Windows installer", Family.PROGRAM, _A, "msi"),
    _t("apk", "Android program", Family.PROGRAM, _A, "apk"),
    _t("lnk", "Windows shortcut", Family.PROGRAM, _A, "lnk"),
    _t("url", "internet shortcut", Family.PROGRAM, _A, "url"),
    _t("desktop", "Linux desktop shortcut", Family.PROGRAM, _A, "desktop"),
    _t(
        *("winaction", "Windows file that acts by its name", Family.PROGRAM, _A),
        *("scf", "library-ms", "searchconnector-ms", "settingcontent-ms", "appref-ms", "website"),
        *("application", "iqy", "slk", "reg", "msc", "rdp", "jnlp"),
    ),
    _t("chm", "compiled HTML help", Family.PROGRAM, _A, "chm"),
    _t("signature", "signature or key", Family.OTHER, _N, "p7s", "asc", "sig", "pgp"),
    _t("smime-encrypted", "S/MIME encrypted mail", Family.OTHER, _C, "p7m"),
    _t("pgp-encrypted", "PGP encrypted data", Family.OTHER, _C, "pgp", "gpg"),
    _t("font", "font", Family.OTHER, _N, "ttf", "otf", "woff", "woff2"),
    _t("empty", "empty file", Family.OTHER, _N),
    _t("message", "the mail itself", Family.MAIL, _C),
    _t("multipart", "a group of MIME parts", Family.MAIL, _C),
    _t("unknown", "data of no known type", Family.OTHER, _N, "bin"),
)

BY_NAME: dict[str, FileType] = {file_type.name: file_type for file_type in FILE_TYPES}
UNKNOWN = BY_NAME["unknown"]
BY_EXTENSION: dict[str, FileType] = {
    extension: file_type for file_type in reversed(FILE_TYPES) for extension in file_type.extensions
}
"""The type that a name's extension promises; of several the one named first in the table."""


def file_type(name: str) -> FileType:
    """The type called `name`; `unknown` for a name that is not in the table."""
    return BY_NAME.get(name, UNKNOWN)
