"""What only the whole form of a broadcast can tell: what is needed, what goes together, what is legal.

Each check looks only where a decision was made, so that what CallFire holds besides blocks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any, Final

from callfire_api import AnsweringMachineConfig
from campaigns.forms.decisions import LEGAL, SLOTS, USUAL, is_spoken, played
from campaigns.labels import in_a_row

if TYPE_CHECKING:
    from campaigns.forms.drafts import DraftForm

Wanted = Mapping[str, Any]

_MACHINE_SPEAKS: Final = frozenset({AnsweringMachineConfig.AM_ONLY, AnsweringMachineConfig.AM_AND_LIVE})


def check(form: DraftForm, wanted: Wanted) -> None:
    """Put a sentence beside every field that does not go with the others."""
    decided = form.decided
    if wanted.get("kind") == "script":
        if "script" in decided and not wanted.get("script"):
            _say(form, "script", "Paste the script, or choose Sounds.")
    else:
        _check_messages(form, wanted)
        _check_keys(form, wanted)
        _check_placeholders(form, wanted)
    if "hours" in decided:
        _check_hours(form, wanted)
    for name in ("max_active", "max_active_transfers"):
        if name in decided and wanted.get(name) is None and form.initial.get(name):
            _say(form, name, "CallFire keeps the old number when this is empty. Enter one.")
    is_set = {"tries", "retry_results"} & set(form.changed_data)
    if is_set and wanted.get("tries") and not wanted.get("retry_results"):
        _say(form, "retry_results", "Choose after which results people are tried again.")


def _check_messages(form: DraftForm, wanted: Wanted) -> None:
    mode, decided = wanted.get("machines"), form.decided
    heard = played(mode)
    if "live" in heard and decided & {"live", "machines"}:
        _need(form, wanted, "live", "People who answer need a message: write one, or choose a sound.")
    if mode in _MACHINE_SPEAKS and decided & {"machine", "machines"}:
        _need(form, wanted, "machine", "This mode leaves a message on machines: write one, or choose.")
    for slot in (slot for slot in heard if slot in decided):
        source = wanted.get(f"{slot}_source")
        if source == "text" and not is_spoken(wanted.get(f"{slot}_text", "")):
            _say(form, f"{slot}_text", "Write what is said, or choose Nothing.")
        if source == "sound" and not wanted.get(f"{slot}_sound_id"):
            _say(form, f"{slot}_sound_id", "Choose a sound, or choose Nothing.")


def _check_keys(form: DraftForm, wanted: Wanted) -> None:
    """CallFire wants a key and its sound together, and with a transfer the number too."""
    heard, decided = played(wanted.get("machines")), form.decided
    transfer, opt_out = wanted.get("transfer_digit"), wanted.get("dnc_digit")
    if "transfer" in heard and "transfer" in decided:
        if transfer and not wanted.get("transfer_number"):
            _say(form, "transfer_number", "Enter the number this key connects to.")
        if transfer and not _is_given(wanted, "transfer"):
            _say(form, "transfer_source", "Choose what people hear before they are connected: text or sound.")
        if not transfer and wanted.get("transfer_number"):
            _say(form, "transfer_digit", "Choose the key that connects to this number.")
        if not transfer and _is_given(wanted, "transfer"):
            _say(form, "transfer_digit", "A transfer sound needs a key and a number.")
    if "dnc" in heard and "dnc" in decided:
        if opt_out and not _is_given(wanted, "dnc"):
            _say(form, "dnc_source", "Choose what people hear when they opted out: text or sound.")
        if not opt_out and _is_given(wanted, "dnc"):
            _say(form, "dnc_digit", "An opt-out sound needs a key.")
    if opt_out and opt_out == transfer and "dnc" in heard and decided & {"transfer", "dnc"}:
        _say(form, "dnc_digit", "One key cannot do both. Choose another for opting out.")


def _check_placeholders(form: DraftForm, wanted: Wanted) -> None:
    """What the texts speak of, the people who were pasted must bring."""
    brought = [set(person.attributes) for person in wanted.get("people") or []]
    names = {name for slot in SLOTS for name in form.placeholders(slot)} if brought else set()
    missing = sorted(name for name in names if not all(name in each for each in brought))
    if missing:
        _say(
            form,
            "people",
            f"The message speaks of {in_a_row(missing, 'and')}, but not everybody here brings it. "
            f"Add a first line like: number, {', '.join(missing)}.",
        )


def _check_hours(form: DraftForm, wanted: Wanted) -> None:
    begin, end, is_on = wanted.get("hours_begin"), wanted.get("hours_end"), wanted.get("hours_on")
    if is_on and begin is None:
        _say(form, "hours_begin", "Choose when calling begins.")
    elif is_on and end is None:
        _say(form, "hours_end", "Choose when calling ends.")
    elif is_on and begin is not None and end is not None:
        _check_span(form, begin, end)
    wide = not is_on or (begin is not None and end is not None and (begin < USUAL[0] or end > USUAL[1]))
    if wide and not wanted.get("hours_reason") and not form.has_error("hours_end"):
        _say(form, "hours_reason", "Say why people may be called outside 09:00 to 20:00.")


def _check_span(form: DraftForm, begin: time, end: time) -> None:
    if end <= begin:
        _say(form, "hours_end", "End later than you begin.")
    elif begin < LEGAL[0]:
        _say(form, "hours_begin", "Begin at 08:00 or later. Earlier calls are against federal rules.")
    elif end > LEGAL[1]:
        _say(form, "hours_end", "End by 21:00. Later calls are against federal rules.")


def _is_given(wanted: Wanted, slot: str) -> bool:
    return wanted.get(f"{slot}_source") in {"text", "sound"}


def _need(form: DraftForm, wanted: Wanted, slot: str, sentence: str) -> None:
    if not _is_given(wanted, slot):
        _say(form, f"{slot}_source", sentence)


def _say(form: DraftForm, field: str, sentence: str) -> None:
    """The first sentence beside a field is enough."""
    if field not in form.errors:
        form.add_error(field, sentence)
