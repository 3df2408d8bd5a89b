"""Putting together one node of the tree from what was found about it."""

from gateway.mime.content import Content
from gateway.mime.header import HeaderBlock
from gateway.mime.tree import MimeMessage, MimePart, PartKind, Span


def build_node(
    path: str,
    kind: PartKind,
    start: int,
    end: int,
    block: HeaderBlock,
    content: Content,
    children: tuple[MimePart, ...] = (),
    *,
    decoded: MimeMessage | None = None,
    preamble: Span | None = None,
    epilogue: Span | None = None,
) -> MimePart:
    """Put together what was found."""
    boundaries = content.boundaries
    return MimePart(
        path=path,
        kind=kind,
        start=start,
        header_end=block.end,
        end=end,
        insert_at=block.insert_at,
        has_blank_line=block.has_blank_line,
        fields=block.fields,
        claimed_type=content.claimed_type,
        type_declared=content.type_declared,
        parameters=content.parameters,
        encoding=content.encoding,
        other_encodings=content.other_encodings,
        disposition=content.disposition,
        filename=content.names[0] if content.names else None,
        names=content.names,
        charset=content.charset,
        boundary=boundaries[0].decode("utf-8", "replace") if boundaries else None,
        preamble=preamble,
        epilogue=epilogue,
        children=children,
        decoded=decoded,
        defects=tuple(block.defects),
    )
