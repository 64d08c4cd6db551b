"""The site map of the product: the name of a URL is the name of its view."""

from __future__ import annotations

from django.urls import path, register_converter

from campaigns.views import (
    actions,
    activity,
    broadcasts,
    call,
    calls,
    editing,
    exports,
    handing_over,
    numbers,
    people,
    quick_calls,
    recordings,
    selection,
    sounds,
    test_calls,
    uploads,
)


class IdConverter:
    """CallFire's ids: whole numbers that fit 64 bits. Anything else in their place is no address of ours."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Raises ValueError, which Django takes for "no such page", when it is too large."""
        number = int(value)
        if number >= 2**63:
            raise ValueError("too large for an id")
        return number

    def to_url(self, value: int) -> str:
        """The id as it stands in an address."""
        return str(value)


register_converter(IdConverter, "id")

app_name = "campaigns"

urlpatterns = [
    # broadcasts/
    path("broadcasts/", broadcasts.broadcast_list, name="broadcast_list"),
    path("broadcasts/rows/", broadcasts.broadcast_rows, name="broadcast_rows"),
    path("broadcasts/refresh/", broadcasts.broadcast_refresh, name="broadcast_refresh"),
    path("broadcasts/selection/", selection.selection_confirm, name="selection_confirm"),
    path("broadcasts/selection/<uuid:group>/", selection.selection_result, name="selection_result"),
    path("broadcasts/new/", editing.broadcast_create, name="broadcast_create"),
    path("broadcasts/new/<uuid:token>/", editing.broadcast_creation, name="broadcast_creation"),
    path("broadcasts/<id:broadcast_id>/edit/", editing.broadcast_edit, name="broadcast_edit"),
    path("broadcasts/<id:broadcast_id>/clone/", editing.broadcast_clone, name="broadcast_clone"),
    path("broadcasts/<id:broadcast_id>/", broadcasts.broadcast_detail, name="broadcast_detail"),
    path("broadcasts/<id:broadcast_id>/stats/", broadcasts.broadcast_stats, name="broadcast_stats"),
    path("broadcasts/<id:broadcast_id>/batches/", broadcasts.broadcast_batches, name="broadcast_batches"),
    path("broadcasts/<id:broadcast_id>/calls/", calls.broadcast_calls, name="broadcast_calls"),
    path("broadcasts/<id:broadcast_id>/start/", actions.broadcast_start, name="broadcast_start"),
    path("broadcasts/<id:broadcast_id>/stop/", actions.broadcast_stop, name="broadcast_stop"),
    path("broadcasts/<id:broadcast_id>/archive/", actions.broadcast_archive, name="broadcast_archive"),
    # broadcasts/<id>/recipients/
    path("broadcasts/<id:broadcast_id>/recipients/new/", people.recipients_new, name="recipients_new"),
    path(
        "broadcasts/<id:broadcast_id>/recipients/switch/", people.recipients_switch, name="recipients_switch"
    ),
    path(
        "broadcasts/<id:broadcast_id>/recipients/<uuid:token>/",
        people.recipients_result,
        name="recipients_result",
    ),
    path("broadcasts/<id:broadcast_id>/test-call/", test_calls.test_call, name="test_call"),
    # accounts/
    path("accounts/number/", test_calls.own_number, name="own_number"),
    # sounds/
    path("sounds/", sounds.sound_list, name="sound_list"),
    path("sounds/<id:sound_id>/audio", sounds.sound_audio, name="sound_audio"),
    path("sounds/preview/", sounds.sound_preview, name="sound_preview"),
    # recordings/
    path("recordings/", recordings.recording_find, name="recording_find"),
    path("recordings/<id:recording_id>/", recordings.recording_detail, name="recording_detail"),
    path("recordings/<id:recording_id>/audio", recordings.recording_audio, name="recording_audio"),
    path("recordings/<id:recording_id>/download", recordings.recording_download, name="recording_download"),
    # uploads/
    path("uploads/", handing_over.upload_list, name="upload_list"),
    path("uploads/new/", uploads.upload_new, name="upload_new"),
    path("broadcasts/<id:broadcast_id>/uploads/new/", uploads.upload_new, name="upload_new"),
    path("uploads/<id:upload_id>/mapping/", uploads.upload_mapping, name="upload_mapping"),
    path("uploads/<id:upload_id>/confirm/", uploads.upload_confirm, name="upload_confirm"),
    path("uploads/<id:upload_id>/rejects.csv", uploads.upload_rejects, name="upload_rejects"),
    path("broadcasts/<id:broadcast_id>/uploads/", handing_over.broadcast_uploads, name="broadcast_uploads"),
    path("uploads/news/", handing_over.upload_news, name="upload_news"),
    path("uploads/<id:upload_id>/", handing_over.upload_detail, name="upload_detail"),
    path("uploads/<id:upload_id>/progress/", handing_over.upload_progress, name="upload_progress"),
    path("uploads/<id:upload_id>/pause/", handing_over.upload_pause, name="upload_pause"),
    path("uploads/<id:upload_id>/resume/", handing_over.upload_resume, name="upload_resume"),
    path("uploads/<id:upload_id>/cancel/", handing_over.upload_cancel, name="upload_cancel"),
    path("uploads/<id:upload_id>/look/", handing_over.upload_look_now, name="upload_look_now"),
    path(
        "uploads/<id:upload_id>/disable/", handing_over.upload_disable_batches, name="upload_disable_batches"
    ),
    path(
        "uploads/<id:upload_id>/chunks/<id:number>/retry/",
        handing_over.upload_chunk_retry,
        name="upload_chunk_retry",
    ),
    path(
        "uploads/<id:upload_id>/chunks/<id:number>/send-again/",
        handing_over.upload_chunk_send_again,
        name="upload_chunk_send_again",
    ),
    path(
        "uploads/<id:upload_id>/chunks/<id:number>/leave-out/",
        handing_over.upload_chunk_leave_out,
        name="upload_chunk_leave_out",
    ),
    # calls/
    path("calls/", calls.call_list, name="call_list"),
    path("calls/views/", calls.saved_view_create, name="saved_view_create"),
    path("calls/views/<id:view_id>/delete/", calls.saved_view_delete, name="saved_view_delete"),
    # numbers/
    path("numbers/", numbers.number_story, name="number_story"),
    path("search/", numbers.search, name="search"),
    # calls/export
    path("calls/export/", exports.call_export, name="call_export"),
    path("calls/export.csv", exports.call_export_csv, name="call_export_csv"),
    path("calls/exports/", exports.export_list, name="export_list"),
    path("calls/exports/<id:export_id>/", exports.export_detail, name="export_detail"),
    path("calls/exports/<id:export_id>/file", exports.export_file, name="export_file"),
    path("calls/exports/<id:export_id>/cancel/", exports.export_cancel, name="export_cancel"),
    path("calls/new/", quick_calls.call_new, name="call_new"),
    path("calls/new/<uuid:token>/", quick_calls.call_sent, name="call_sent"),
    path("calls/<id:call_id>/", call.call_detail, name="call_detail"),
    path("calls/<id:call_id>/reveal/", call.call_reveal, name="call_reveal"),
    # activity/
    path("activity/", activity.activity_list, name="activity_list"),
]
