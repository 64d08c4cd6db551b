"""Every oddity the sandbox can show, one attribute each."""

from dataclasses import dataclass
from typing import Any

from .fitting import fitting


@dataclass(slots=True)
class Switches:
    """Assign an attribute to change how the sandbox behaves from the next request on; a typo raises.

    The defaults are the behaviour CallFire's documents and SDK tests make most likely.
    """

    # Answers
    create_status: int = 201  # 201 per the OpenAPI, 200 per the older swagger and the samples
    delete_status: int = 204  # what deletes answer; the OpenAPI lists nothing
    int_internal_code: bool = False  # ErrorResponse.internalCode as a number, as the SDK's sample has it
    minimal_errors: bool = False  # ErrorResponse with nothing but a message
    ignore_unknown_fields: bool = True  # False: an unknown name in ?fields= is a 400

    # Paging
    broadcasts_default_limit: int = 10  # page size of GET /calls/broadcasts without limit; the text says 100
    default_limit: int = 100  # page size of every other list without limit
    maximum_limit: int = 1000  # a larger limit is cut to this, and the answer says so
    smaller_limit: int | None = None  # never more rows than this, whatever was asked for
    omit_limit_offset: bool = False  # pages without limit and offset
    omit_total_count: bool = False  # pages without totalCount
    total_count_unknown: bool = False  # totalCount is -1
    wrong_total_count: int | None = None  # totalCount is this number, whatever is true
    omit_items: bool = False  # pages without items
    shift_rows: int = 0  # pages after the first begin this many rows too early, so rows repeat

    # Broadcasts
    start_via: tuple[str, ...] = ()  # statuses a start passes through, e.g. VALIDATING_START, START_PENDING
    start_step_seconds: float = 2.0  # how long each of them lasts
    start_when_running_is_refused: bool = False  # True: starting a running broadcast is a 400, not a no-op
    start_needs_credits: bool = True  # a start without credits is a 400
    stop_is_idempotent: bool = True  # False: stopping what does not run is a 400
    stop_clears_schedules: bool = False  # stopping also removes the schedules
    archive_running_is_refused: bool = True  # False: archiving a running broadcast stops it first
    schedule_on_create: bool = False  # creating with schedules gives SCHEDULED instead of STOPPED
    adding_resumes_finished: bool = False  # people added to a FINISHED broadcast set it RUNNING
    failed_start_keeps_broadcast: bool = True  # create?start=true refused at the start: the broadcast exists
    put_replaces: bool = False  # PUT replaces the configuration instead of merging into it
    put_ignores: tuple[str, ...] = ()  # properties a PUT silently leaves alone
    refuse_text_and_id: bool = True  # a sound slot with both text and id is a 400
    from_number_must_be_verified: bool = False  # a fromNumber outside the caller ids is a 400
    status_words: tuple[tuple[str, str], ...] = ()  # shown instead: (("FINISHED", "WRAPPED_UP"),)
    huge_ids: bool = False  # broadcasts created from now on, and all they own, have ids above 2**53

    # People
    max_recipients_per_request: int = 5000  # more people in one request are a 400
    max_attempts_is_total: bool = True  # retryConfig.maxAttempts counts the first call too
    honour_local_hours: bool = False  # localTimeRestriction is enforced by the number's area code
    period_limit: bool = False  # the account's one-call setting: people reached before are PERIOD_LIMIT

    # Batches
    batch_new_seconds: float = 2.0  # how long a batch is NEW
    batch_validating_seconds: float = 3.0  # and then VALIDATING
    batch_outcome: str = "ACTIVE"  # how validation ends: ACTIVE, ERRORS or SOURCE_ERROR
    batch_visible_after_seconds: float = 0.0  # a new batch is missing from the list for so long

    # Calls
    absurd_timestamps: bool = False  # records claim to have originated in January 1970
    modified_before_created: bool = False  # calls were modified a second before they were created
    unknown_result: str | None = None  # shown instead of LA
    omit_records: bool = False  # calls come without records
    call_result_alias: bool = False  # records say callResult instead of result

    # Statistics
    stats: str = "consistent"  # consistent, contradictory (sums do not add up) or partial (keys missing)
    stats_lag_seconds: float = 0.0  # counters are re-read at most this often, so they lag behind the calls

    # Recordings
    recording_seconds: float = 20.0  # how long a recording stays RECORDING after its call ended
    recording_not_ready_status: int = 404  # what the mp3 answers before READY and after ERROR
    mp3_content_type: str = "audio/mpeg"  # what the mp3 endpoints claim to send
    mp3_supports_range: bool = False  # answers Range with 206
    mp3_redirect_to: str | None = None  # the mp3 endpoints answer 302 to this address
    mp3_json_error: bool = False  # the mp3 endpoints answer 200 with an ErrorResponse
    mp3_omit_length: bool = False  # no Content-Length; the connection closes at the end
    mp3_drip_bytes_per_second: int | None = None  # sends the audio slowly, in real time
    mp3_cut_after_bytes: int | None = None  # the connection ends in the middle of the audio

    def change(self, values: dict[str, Any]) -> None:
        """Assigns several at once from JSON; raises ValueError naming an unknown or mistyped one."""
        for name, value in fitting(Switches, values).items():
            setattr(self, name, value)
