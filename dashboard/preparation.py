"""What must be true before the first page: the database's tables, the static files, the practice people.

Each step looks first and works only when there is something to do, so that a second start costs little.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from campaigns.models import User
from campaigns.permissions import Role
from dashboard import keys

# .invalid is reserved: no person's address ends like this, so these accounts can be told from all others.
_PRACTICE_DOMAIN = "@practice.invalid"
_PRACTICE_NAMES = {
    Role.VIEWER: ("Viv", "Novak"),
    Role.OPERATOR: ("Dana", "Ruiz"),
    Role.ADMIN: ("Priya", "Nair"),
}


def keep_private() -> None:
    """Make what this process and its children write readable by their owner only, and the SQLite file too.

    The file may be older than this rule, and so may the two that SQLite keeps beside it; somebody else's is
    left as it is.
    """
    os.umask(0o077)
    if connection.vendor != "sqlite":
        return
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            Path(f"{connection.settings_dict['NAME']}{suffix}").chmod(0o600)


def check_database() -> None:
    """Return when the database answers.

    Raises:
        ImproperlyConfigured: it does not; the reason is in the sentence.
    """
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise ImproperlyConfigured(
            f"The database does not answer ({reason}). "
            "Start it or correct DATABASE_URL, or unset it for the SQLite file under DATA_DIR."
        ) from error


def check_tables() -> None:
    """Return when the tables are those of this version.

    Raises:
        ImproperlyConfigured: the database does not answer, or its tables are older.
    """
    check_database()
    if _tables_are_old():
        raise ImproperlyConfigured(
            "The tables in the database are not those of this version. Run: python manage.py migrate"
        )


def migrate() -> bool:
    """Bring the tables up to date; True when there was something to do."""
    if not _tables_are_old():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def _tables_are_old() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static() -> bool:
    """Copy, compress and hash the static files when one has changed since the last time; True when so."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = _fingerprint_of_static_files()
    if stamp.exists() and stamp.read_text(encoding="ascii") == now:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    keys.write_private(stamp, now)
    return True


def _fingerprint_of_static_files() -> str:
    fingerprint = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            facts = Path(storage.path(path)).stat()
            fingerprint.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return fingerprint.hexdigest()


def practice_people() -> list[tuple[str, str]]:
    """The people to practise as, one a role: name and password. Made on the first call.

    The passwords are well known; the caller makes sure that only this machine is listened to. Somebody
    who has such a name already is left alone, and that role has nobody to practise as.
    """
    people = {person.username: person for person in User.objects.filter(username__in=Role.values)}
    ready = []
    for role in Role:
        person = people.get(role) or User(username=role, email=f"{role}{_PRACTICE_DOMAIN}", is_active=False)
        if not person.email.endswith(_PRACTICE_DOMAIN):
            continue
        if not person.is_active:
            person.role, person.is_active = role, True
            person.first_name, person.last_name = _PRACTICE_NAMES[role]
            person.set_password(settings.PRACTICE_LOGINS[role])
            person.save()
        ready.append((role.value, settings.PRACTICE_LOGINS[role]))
    return ready


def switch_practice_people_off() -> list[str]:
    """Make sure that nobody can sign in with a practice password; returns whom that concerned."""
    usable = User.objects.filter(email__endswith=_PRACTICE_DOMAIN, is_active=True)
    names = sorted(usable.values_list("username", flat=True))
    usable.update(is_active=False)
    return names
