"""Recipient files in archives: one file inside is read on the way; whatever may hurt is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from campaigns.recipient_files.reading import batches
from tests.campaigns.recipient_files.asking import laid
from tests.campaigns.recipient_files.making import xlsx, zipped

PEOPLE = "Phone,Name\n2135550100,Peña\n"
ROWS = [["2135550100", "Peña"]]


class TestOneFileInside:
    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
    def test_gzip_is_unpacked_on_the_way(self, tmp_path: Path, encoding: str) -> None:
        file = laid(tmp_path, gzip.compress(PEOPLE.encode(encoding)))
        assert (file.reading.archive, file.reading.encoding) == ("gzip", encoding)
        assert file.cells == ROWS

    def test_zip_is_unpacked_on_the_way(self, tmp_path: Path) -> None:
        file = laid(tmp_path, zipped({"people.csv": PEOPLE}))
        assert file.reading.archive == "zip"
        assert file.cells == ROWS

    def test_what_a_mac_packs_along_is_not_counted(self, tmp_path: Path) -> None:
        mac = {
            "list/": "",
            "list/people.csv": PEOPLE,
            "__MACOSX/list/._people.csv": "x",
            "list/.DS_Store": "x",
        }
        assert laid(tmp_path, zipped(mac)).cells == ROWS

    def test_gzip_of_several_parts_is_read_to_its_end(self, tmp_path: Path) -> None:
        file = laid(tmp_path, gzip.compress(b"Phone\n2135550100\n") + gzip.compress(b"2135550101\n"))
        assert file.cells == [["2135550100"], ["2135550101"]]

    @pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"people.xlsx": content})])
    def test_a_workbook_inside_is_read(self, tmp_path: Path, pack: type[bytes]) -> None:
        file = laid(tmp_path, pack(xlsx({"List": [["Phone", "Name"], [2135550100, "Peña"]]})))
        assert (file.reading.kind, file.reading.sheet) == ("sheet", "List")
        assert file.cells == ROWS
        assert {path.name for path in tmp_path.iterdir()} == {"original", "original.rows"}

    def test_the_position_speaks_of_the_packed_file(self, tmp_path: Path) -> None:
        people = "".join(f"213{n * 7919 % 10**7:07}\n" for n in range(100_000))
        for packed in (
            gzip.compress(f"Phone\n{people}".encode()),
            zipped({"people.csv": f"Phone\n{people}"}),
        ):
            file = laid(tmp_path, packed)
            positions = [batch.position for batch in batches(file.path, file.reading)]
            assert 0 < positions[0] < len(packed) // 2 < positions[-1] <= len(packed)


class TestRefusals:
    def test_a_zip_with_several_files_names_them(self, tmp_path: Path) -> None:
        several = {"a.csv": PEOPLE, "b.csv": PEOPLE, "c.csv": PEOPLE, "d.csv": PEOPLE}
        assert "There are 4 files in the zip archive: “a.csv”, “b.csv”, “c.csv” and more." in (
            laid(tmp_path, zipped(several)).refusal
        )

    def test_a_zip_with_nothing_in_it(self, tmp_path: Path) -> None:
        assert laid(tmp_path, zipped({})).refusal.startswith("There is no file in the zip archive.")

    @pytest.mark.parametrize(
        "packed",
        [
            gzip.compress(gzip.compress(PEOPLE.encode())),
            gzip.compress(zipped({"people.csv": PEOPLE})),
            zipped({"people.csv.gz": gzip.compress(PEOPLE.encode())}),
            zipped({"people.zip": zipped({"people.csv": PEOPLE})}),
        ],
        # The bytes hold the time of packing; it would be named otherwise in each run.
        ids=["gzip in gzip", "zip in gzip", "gzip in zip", "zip in zip"],
    )
    def test_an_archive_in_an_archive(self, tmp_path: Path, packed: bytes) -> None:
        assert laid(tmp_path, packed).refusal.startswith("There is another archive inside the archive.")

    def test_an_archive_around_nothing(self, tmp_path: Path) -> None:
        for packed in (gzip.compress(b""), zipped({"people.csv": ""})):
            assert laid(tmp_path, packed).refusal.startswith("The file inside the archive is empty")

    def test_a_zip_with_a_password(self, tmp_path: Path) -> None:
        packed = bytearray(zipped({"people.csv": PEOPLE}))
        packed[packed.index(b"PK\x01\x02") + 8] |= 1  # as the list of contents marks it
        packed[6] |= 1
        assert laid(tmp_path, bytes(packed)).refusal.startswith("The zip archive asks for a password.")

    def test_a_zip_packed_in_an_unusual_way(self, tmp_path: Path) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("people.csv", PEOPLE)
        assert "packed in an unusual way" in laid(tmp_path, packed.getvalue()).refusal

    @pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"people.csv": content})])
    def test_a_bomb_is_stopped_while_it_unpacks(self, tmp_path: Path, pack: type[bytes]) -> None:
        bomb = pack(b"2135550100\n" * 7_000_000)
        assert len(bomb) < 500_000
        assert laid(tmp_path, bomb).refusal.startswith("The archive unpacks to far more than")

    def test_a_bomb_dressed_as_a_workbook_is_stopped_before_it_unpacks(self, tmp_path: Path) -> None:
        bomb = zipped({"[Content_Types].xml": "", "xl/workbook.xml": b" " * 70_000_000})
        assert laid(tmp_path, bomb).refusal.startswith("The archive unpacks to far more than")

    @pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"people.csv": content})])
    def test_one_cut_short_or_damaged(self, tmp_path: Path, pack: type[bytes]) -> None:
        packed = pack("".join(f"213{n * 7919 % 10**7:07}\n" for n in range(30_000)).encode())
        middle = len(packed) // 2
        damaged = packed[:middle] + bytes(64) + packed[middle + 64 :]
        for broken in (packed[: middle * 3 // 2], damaged):
            assert laid(tmp_path, broken).refusal.startswith("The archive is damaged or was cut short.")

    def test_a_workbook_cut_short_is_told_as_what_it_may_be(self, tmp_path: Path) -> None:
        workbook = xlsx({"People": [["phone"], ["2135550142"]]})
        refusal = laid(tmp_path, workbook[: len(workbook) // 2]).refusal
        assert "if it is a workbook (which is a zip inside), save it again where it comes from." in refusal

    @pytest.mark.parametrize("content", [b"Rar!\x1a\x07\x00", bz2.compress(b"x"), lzma.compress(b"x")])
    def test_other_archives(self, tmp_path: Path, content: bytes) -> None:
        assert laid(tmp_path, content).refusal.startswith("This is an archive that cannot be unpacked here.")
