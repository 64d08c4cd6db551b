"""Secrets this machine makes for itself and keeps under ``DATA_DIR``, readable by its owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

EMBEDDED_REDIS_URL_FILE = "valkey.url"
PRACTICE_URL_FILE = "practice.url"

# Discard, by its registered name: an address on this machine where nothing answers.
_NOBODY = "127.0.0.1:9"


def lasting_secret(path: Path) -> str:
    """The secret kept in ``path``, made on the first call; processes that start together agree on one.

    Raises:
        ImproperlyConfigured: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _publish_once(path, secrets.token_urlsafe(50))
        return path.read_text(encoding="ascii")
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {path.parent} cannot be written ({error.strerror}). "
            "Set DATA_DIR to a folder that this user may write to."
        ) from error


def embedded_redis_url(data_dir: Path) -> str:
    """Where the embedded Valkey of a running ``manage.py up`` listens, or an address where nothing does."""
    return _kept(data_dir / EMBEDDED_REDIS_URL_FILE) or f"redis://{_NOBODY}/0"


def practice_access(data_dir: Path) -> tuple[str, str, str]:
    """Address, login and password of the practice CallFire of a running ``manage.py up``.

    Without one, an address where nothing answers: practising never reaches the real CallFire.
    """
    kept = urlsplit(_kept(data_dir / PRACTICE_URL_FILE) or f"http://practice:practice@{_NOBODY}/v2")
    return f"http://{kept.hostname}:{kept.port}{kept.path}", kept.username or "", kept.password or ""


def write_private(path: Path, content: str) -> None:
    """Replace the file by one that only its owner can read; nobody ever sees it half written."""
    draft = _private_draft(path.parent, content)
    draft.replace(path)


def _publish_once(path: Path, content: str) -> None:
    """Put the content there unless somebody else was first. A link, unlike a write, is there as a whole."""
    draft = _private_draft(path.parent, content)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _private_draft(folder: Path, content: str) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".draft-")  # made with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    return Path(name)


def _kept(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
