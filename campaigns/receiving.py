"""How a file arrives: written to disk as it comes, counted and hashed on the way, never whole in memory."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from campaigns.permissions import Permission, may
from campaigns.recipient_files import reading
from campaigns.services import upload_files


class ReceivedFile(TemporaryUploadedFile):
    """A file on the disk of the uploads, with the SHA-256 of its bytes; ``size`` is what was sent.

    More than ``UPLOAD_MAX_MB`` is counted and not kept: a form has to look at the size first, and at
    ``trouble``, which is what the disk refused it with. What nobody moved away by the end of the request is
    removed.
    """

    digest: str = ""
    trouble: OSError | None = None

    def __init__(self, handler: FileUploadHandler) -> None:
        folder = upload_files.incoming()
        folder.mkdir(parents=True, exist_ok=True)
        file = NamedTemporaryFile(dir=folder)  # noqa: SIM115 - Django closes it with the request
        about = (handler.file_name, handler.content_type, 0, handler.charset, handler.content_type_extra)
        UploadedFile.__init__(self, file, *about)

    def close(self) -> None:
        """The request has ended."""
        reading.forget_kept(Path(self.temporary_file_path()))
        with suppress(OSError):  # what the disk refused is refused again
            super().close()


class ToDisk(TemporaryFileUploadHandler):
    """Keeps a file on the volume where it will stay, so that it is moved and never copied.

    What people who may not upload send is read past.
    """

    file: ReceivedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = ReceivedFile(self)
        self._digest = hashlib.sha256()
        person = getattr(self.request, "user", None)
        self._room = settings.UPLOAD_MAX_MB * 2**20 if may(person, Permission.ADD_PEOPLE) else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """A part of it has come."""
        if start + len(raw_data) > self._room or self.file.trouble is not None:
            return
        self._digest.update(raw_data)
        try:
            self.file.write(raw_data)
            self.file.flush()
        except OSError as error:
            self.file.trouble = error
            os.truncate(self.file.temporary_file_path(), 0)  # the database may need the room to say so

    def file_complete(self, file_size: int) -> ReceivedFile:
        """All of it has come."""
        self.file.size = file_size
        self.file.digest = self._digest.hexdigest()
        return self.file
