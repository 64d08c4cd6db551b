"""Makes workbooks byte by byte, so that the tests need no library that writes them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape

Cell = str | float | bool | date | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]

_EXCEL_BEGAN = date(1899, 12, 30)
_XLSX = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>"
)
_FORMATS = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'  # the second is for dates
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def xlsx(sheets: Sheets, *, hidden: Sequence[str] = (), stray: str = "") -> bytes:
    """A workbook of Excel; a cell that is None is not there. ``stray`` is the place of one more."""
    more = f"<row>{_xlsx_cell(stray, 1)}</row>" if stray else ""
    listed = related = ""
    members = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _relations(_relation("book", "officeDocument", "xl/workbook.xml")),
        "xl/styles.xml": f'<styleSheet xmlns="{_XLSX}">{_FORMATS}</styleSheet>',
    }
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"{state}/>'
        related += _relation(f"r{number}", "worksheet", f"worksheets/sheet{number}.xml")
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_XLSX}"><sheetData>{_xlsx_rows(rows)}{more}</sheetData></worksheet>'
        )
    members["xl/workbook.xml"] = (
        f'<workbook xmlns="{_XLSX}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>'
    )
    members["xl/_rels/workbook.xml.rels"] = _relations(related)
    return zipped(members)


def _relations(related: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>'


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def _xlsx_rows(rows: Sequence[Sequence[Cell]]) -> str:
    return "".join(
        f'<row r="{r}">{"".join(_xlsx_cell(f"{column_name(c)}{r}", v) for c, v in enumerate(row))}</row>'
        for r, row in enumerate(rows, start=1)
    )


def _xlsx_cell(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="1"><v>{(cell - _EXCEL_BEGAN).days}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def column_name(index: int) -> str:
    """The letters over a column; the first one is 0."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(65 + letter) + name
    return name


def ods(sheets: Sheets) -> bytes:
    """A workbook of LibreOffice."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_ods_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{office}manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{office}office:1.0" '
            f'xmlns:table="{office}table:1.0" xmlns:text="{office}text:1.0">'
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if isinstance(cell, str):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'


def xls(sheets: Sheets, *, locked: bool = False) -> bytes:
    """A workbook of Excel 97, of texts, numbers and truths only; locked, it says that it has a password."""
    book = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    if locked:
        book += _record(0x002F, struct.pack("<HHH48x", 1, 1, 1))
    streams = [_xls_sheet(rows) for rows in sheets.values()]
    names = [struct.pack("<BB", len(name), 0) + name.encode("latin-1") for name in sheets]
    offset = len(book) + sum(10 + len(name) for name in names) + len(_record(0x000A))
    for name, stream in zip(names, streams, strict=True):
        book += _record(0x0085, struct.pack("<IBB", offset, 0, 0) + name)
        offset += len(stream)
    return compound({"Workbook": book + _record(0x000A) + b"".join(streams)})


def _xls_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(map(len, rows), default=0)
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            place = struct.pack("<HHH", r, c, 0)
            if isinstance(cell, bool):
                sheet += _record(0x0205, place + struct.pack("<BB", cell, 0))
            elif isinstance(cell, str):
                sheet += _record(0x0204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
            elif isinstance(cell, int | float):
                sheet += _record(0x0203, place + struct.pack("<d", cell))
    return sheet + _record(0x000A)


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def compound(streams: Mapping[str, bytes]) -> bytes:
    """The container of old Office files, and of new ones with a password. At most three streams, 60 kB."""
    chain, body, entries = [0xFFFFFFFD, 0xFFFFFFFE], b"", [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), start=1):
        content = content.ljust(4096, b"\0")  # a shorter one would have to lie in a stream of its own
        content += b"\0" * (-len(content) % 512)
        start, sectors = len(chain), len(content) // 512
        chain += [*range(start + 1, start + sectors), 0xFFFFFFFE]
        right = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, start, len(content), right=right))
        body += content
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    directory = b"".join(entries).ljust(512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + directory + body


def _entry(
    name: str, kind: int, start: int, size: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF
) -> bytes:
    spelled = name.encode("utf-16-le") + b"\0\0"
    entry = spelled.ljust(64, b"\0") + struct.pack("<HBB", len(spelled), kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, right, child) + bytes(16 + 4 + 16)
    return entry + struct.pack("<IQ", start, size)
