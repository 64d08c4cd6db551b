"""What a file is, by its bytes and never by its name: text, a workbook, an archive, or something else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

from campaigns.recipient_files.archives import TROUBLE, hold_to_the_limit, on_disk, opened, opened_zip
from campaigns.recipient_files.tables import Unreadable

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS: Final = {
    b"%PDF": "a PDF document",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
    b"GIF89a": "a picture",
    b"SQLite format 3": "a database",
}
_OTHER_ARCHIVES: Final = (b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c", b"BZh91AY&SY", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_ODS: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_UPLOAD_INSTEAD: Final = "Upload a CSV file or a spreadsheet (XLSX, XLS or ODS)."


def recognise(path: Path) -> tuple[str, str]:
    """The archive around the table (or nothing), and its kind: "text" or "sheet". Raises ``Unreadable``."""
    outer = _kind(path, _head(path, ""))
    if outer not in ("gzip", "zip"):
        return "", outer
    head = _head(path, outer)
    if head.startswith(_ZIP):  # a workbook is a zip, too, and only its list of contents tells
        with on_disk(path, outer) as copy:
            inner = _kind(copy, head)
    else:
        inner = _kind(path, head)
    if inner in ("gzip", "zip"):
        raise Unreadable("There is another archive inside the archive. Upload the file unpacked.")
    return outer, inner


def _head(path: Path, archive: str) -> bytes:
    with opened(path, archive) as stream:
        head = stream.read(16)
    if not head:
        inside = " inside the archive" if archive else ""
        raise Unreadable(f"The file{inside} is empty: it has 0 bytes. Save it again where it comes from.")
    return head


def _kind(path: Path, head: bytes) -> str:
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZIP):
        with opened_zip(path) as packed:
            return _kind_of_zip(packed, path)
    if head.startswith(_OLD_OFFICE):
        return "sheet"
    if head.startswith(_OTHER_ARCHIVES):
        raise Unreadable(
            "This is an archive that cannot be unpacked here. Upload the file unpacked, or as a zip."
        )
    for beginning, kind in _OTHERS.items():
        if head.startswith(beginning):
            raise Unreadable(f"This is {kind}, not a table of people. {_UPLOAD_INSTEAD}")
    return "text"


def _kind_of_zip(packed: zipfile.ZipFile, path: Path) -> str:
    names = set(packed.namelist())
    if "xl/workbook.bin" in names:
        raise Unreadable("This is a binary workbook (XLSB). Save it as XLSX, and upload that.")
    if "Index/Document.iwa" in names:
        raise Unreadable("This is a Numbers document. Export it as CSV or Excel, and upload that.")
    if "[Content_Types].xml" in names or "mimetype" in names:
        if not any(name.startswith("xl/") for name in names) and not _is_ods(packed):
            raise Unreadable(f"This is a document, not a table of people. {_UPLOAD_INSTEAD}")
        hold_to_the_limit(packed, path)
        return "sheet"
    return "zip"


def _is_ods(packed: zipfile.ZipFile) -> bool:
    try:
        with packed.open("mimetype") as said:
            return said.read(len(_ODS)) == _ODS
    except (KeyError, *TROUBLE):
        return False
