"""Documents that hold other documents."""

from __future__ import annotations

import io
import zipfile

_RELATION = (
    b'<Relationship Id="rIdE" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/package" Target="embeddings/%s"/></Relationships>'
)
_TYPE = (
    b'<Override PartName="/word/embeddings/%s" '
    b'ContentType="application/vnd.ms-word.document.macroEnabled.12"/></Types>'
)


def embedding(document: bytes, name: str, data: bytes) -> bytes:
    """`document` with the file `data` embedded under `name`."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(output, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "word/_rels/document.xml.rels":
                content = content.replace(b"</Relationships>", _RELATION % name.encode())
            if info.filename == "[Content_Types].xml":
                content = content.replace(b"</Types>", _TYPE % name.encode())
            new.writestr(info, content)
        new.writestr(f"word/embeddings/{name}", data)
    return output.getvalue()
