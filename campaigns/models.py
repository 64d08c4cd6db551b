"""What only we know: people, what we last saw of each broadcast, its counters over time, who did what, and
the uploads on their way to CallFire.

CallFire is the truth for broadcasts, batches, calls and recordings. A snapshot is never written back,
never trusted for a decision, and can be thrown away and read again.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from campaigns.permissions import Role
from campaigns.states import ChunkState, UploadState


class User(AbstractUser):
    """A person who may sign in. The role decides everything; Django's staff flag follows it."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep Django's own flags true to the role: only admins reach the admin pages."""
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        super().save(*args, **kwargs)

    @property
    def display_name(self) -> str:
        """The name that appears beside what this person did."""
        return self.get_full_name() or self.get_username()


class OwnNumber(models.Model):
    """A phone number that a person proved to be theirs, by reading back a code that was spoken to it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="own_numbers")
    number = models.CharField(max_length=11)
    code_digest = models.CharField(max_length=128, blank=True)
    asked_at = models.DateTimeField(null=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "number"], name="one_row_per_own_number")]

    def __str__(self) -> str:
        return f"{self.user} ***{self.number[-2:]}"


class BroadcastSnapshot(models.Model):
    """What we last saw of one broadcast of CallFire. The primary key is CallFire's id."""

    id = models.BigIntegerField(primary_key=True)
    name = models.TextField(blank=True)
    name_folded = models.TextField(blank=True)
    status = models.CharField(max_length=64, blank=True)
    from_number = models.CharField(max_length=32, blank=True)
    last_modified = models.DateTimeField(null=True)
    labels = models.JSONField(default=list)
    settings = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    counters = models.JSONField(default=dict)
    counters_at = models.DateTimeField(null=True)

    # Why the last reading failed, and since when readings fail. Empty while all is well.
    trouble = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True)
    # Counters lag behind calls: for a while after the dialling ended they are still read.
    settles_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status"]),
            models.Index(fields=["-last_modified", "-id"]),
            models.Index(fields=["name_folded"]),
        ]

    def __str__(self) -> str:
        return self.name or f"Broadcast {self.pk}"


class SnapshotLabel(models.Model):
    """One label on one snapshot, so that the list can filter by it."""

    snapshot = models.ForeignKey(BroadcastSnapshot, on_delete=models.CASCADE, related_name="label_rows")
    label = models.CharField(max_length=255, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "label"], name="one_row_per_label")]

    def __str__(self) -> str:
        return self.label


class StatsSample(models.Model):
    """The counters of one broadcast at one moment. CallFire does not keep them over time; we do."""

    snapshot = models.ForeignKey(BroadcastSnapshot, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    attempted = models.PositiveIntegerField(null=True)
    dialed = models.PositiveIntegerField(null=True)
    reached = models.PositiveIntegerField(null=True)
    remaining = models.PositiveIntegerField(null=True)
    billed = models.DecimalField(max_digits=14, decimal_places=4, null=True)

    class Meta:
        indexes = [models.Index(fields=["snapshot", "at"])]

    def __str__(self) -> str:
        return f"{self.snapshot_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class AuditEvent(models.Model):
    """One change somebody asked for: written before it is tried, completed with what came of it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "Under way"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Outcome unknown"
        FAILED = "failed", "Not done"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=255)
    action = models.CharField(max_length=64, db_index=True)
    object_kind = models.CharField(max_length=32, blank=True)
    object_id = models.BigIntegerField(null=True)
    object_name = models.TextField(blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.PENDING)
    sentence = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    group = models.UUIDField(null=True, db_index=True)
    token = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-at"]),
            models.Index(fields=["outcome", "action"]),
        ]

    def __str__(self) -> str:
        return f"{self.by_name} {self.action} {self.object_kind} {self.object_id}"


class SpokenText(models.Model):
    """Words that we sent and CallFire made a sound of: it tells the id of the sound, not the words."""

    sound_id = models.BigIntegerField(primary_key=True)
    text = models.TextField()
    voice = models.CharField(max_length=64, blank=True)
    kept_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Sound {self.sound_id}"


class Upload(models.Model):
    """People on their way to one broadcast: a file, a contact list of CallFire's, or ids of its contacts.

    The rows themselves are in files (``services.upload_files``); here are only their counts.
    """

    class Source(models.TextChoices):
        FILE = "file", "File"
        CONTACT_LIST = "contact_list", "Contact list"
        CONTACT_IDS = "contact_ids", "Contact ids"

    broadcast_id = models.BigIntegerField(db_index=True)
    broadcast_name = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    # The token of the form it came by: the same form sent twice is one upload.
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    continues = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="continued_by")
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.FILE)
    contact_list_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=16, choices=UploadState.choices, default=UploadState.CHECKING)
    # One sentence when it is unreadable or was paused by itself.
    problem = models.TextField(blank=True)

    # The file, and how it is read (recipient_files.Reading as JSON).
    name = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    reading = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    header_signature = models.CharField(max_length=64, blank=True, db_index=True)
    mapping = models.JSONField(default=dict)

    # The check. Its files carry the number of the check that wrote them; a later one outdates an earlier.
    check_number = models.PositiveIntegerField(default=0)
    check_lease_until = models.DateTimeField(null=True)
    check_started_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    bytes_checked = models.BigIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=dict)
    # What the check found worth telling: examples by reason, repairs, runs of numbers, people already sent.
    findings = models.JSONField(default=dict)

    # The hand-over.
    scrub_duplicates = models.BooleanField(default=True)
    strict_validation = models.BooleanField(default=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    last_served_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    files_removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return f"Upload {self.pk} ({self.state})"


class Chunk(models.Model):
    """The part of an upload that becomes one batch: where its rows lie, and what came of them.

    Every change of state is a conditional update on ``state`` and ``fence``; whoever finds them changed has
    lost the chunk and keeps its hands off.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    offset = models.BigIntegerField()
    length = models.BigIntegerField()
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    # The batch is named by token and generation; a generation is sent at most once.
    token = models.CharField(max_length=32, unique=True)
    generation = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=16, choices=ChunkState.choices, default=ChunkState.WAITING)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    batch_id = models.BigIntegerField(null=True)
    batch_status = models.CharField(max_length=32, blank=True)
    batch_size = models.PositiveIntegerField(null=True)
    batch_enabled = models.BooleanField(null=True)
    # Batches of the same people that turned up beside the confirmed one: [{"id": …, "disabled": true}].
    twins = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_chunk")]
        indexes = [models.Index(fields=["state", "not_before"]), models.Index(fields=["upload", "state"])]

    def __str__(self) -> str:
        return f"{self.token} ({self.state})"


class SavedView(models.Model):
    """A filtered call log that a person gave a name; the query is the part of its address after the ``?``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_view_per_name")]

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """A filtered call log on its way into a file, page by page from CallFire.

    Its rows are only ever in its files. What was written up to ``written_bytes`` is whole: a worker that
    takes over cuts the file there and goes on at ``offset``.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Under way"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    query = models.CharField(max_length=2000, blank=True)
    format = models.CharField(max_length=8, choices=Format.choices, default=Format.CSV)
    # Calls after this moment are left out, so that new ones do not shift the pages.
    until = models.DateTimeField()
    masked = models.BooleanField(default=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    problem = models.TextField(blank=True)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    offset = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True)
    written_bytes = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"])]

    def __str__(self) -> str:
        return f"Export {self.pk} ({self.state})"
