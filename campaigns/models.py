"""What only we know: people, what we last saw of each broadcast, its counters over time, and who did what.

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
