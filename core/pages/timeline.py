"""The timeline's own addresses, made for each kind of thing by ``timeline_urls``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from core import files
from core.attachments import MOST_BYTES, Attachment, AttachmentRefused, checked
from core.forms import PlainTexts
from core.http import UNPROCESSABLE
from core.models import Note
from core.once import first_time
from core.operations.notes import (
    NothingWritten,
    NotTheAuthor,
    WithdrawnBefore,
    add_note,
    withdraw_note,
)
from core.roles import Role
from core.timelines import Subject, read_asked, timeline
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

Find = Callable[[StaffRequest, int], Subject]  # raises Http404
FRAGMENT = "core/parts/timeline_page.html"


class NoteForm(PlainTexts, forms.Form):
    """What somebody wants to keep: words, a file, or both."""

    body = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Write a note")}),
    )
    file = forms.FileField(label=_("File"), required=False, allow_empty_file=True)

    def clean_file(self) -> Attachment | None:
        """Return the file if it may be kept."""
        upload: UploadedFile | None = self.cleaned_data["file"]
        if upload is None:
            return None
        try:
            return checked(upload.read(MOST_BYTES + 1), upload.name or "")
        except AttachmentRefused as refused:
            raise forms.ValidationError(str(refused)) from None

    def clean_body(self) -> str:
        """Return the words without what no column takes."""
        return str(self.cleaned_data["body"]).replace("\x00", "")


def timeline_context(request: StaffRequest, subject: Subject) -> dict[str, Any]:
    """Return what a page needs to include ``core/parts/timeline_page.html``."""
    return {
        "line": timeline(subject, read_asked(request.GET)),
        "line_space": subject.space,
        "line_pk": subject.pk,
        "line_page": page_url(request.tenant, f"{subject.space}:detail", subject.pk),
        "line_url": page_url(request.tenant, f"{subject.space}:timeline", subject.pk),
        "note_url": page_url(request.tenant, f"{subject.space}:note", subject.pk),
        "note_file_page": f"{subject.space}:note_file",
        "note_withdraw_page": f"{subject.space}:note_withdraw",
        "note_form": NoteForm(),
        "is_admin": Role.ADMIN in request.membership.roles,
    }


def timeline_urls(permission: str, find: Find) -> list[URLPattern]:
    """
    Return the addresses of a kind of thing's timeline, for its app's ``urls.py``.

    ``permission`` is that of its page; writing needs ``notes.edit`` besides.
    """

    @staff_view(permission=permission)
    @require_safe
    def fragment(request: StaffRequest, pk: int) -> HttpResponse:
        context = timeline_context(request, find(request, pk))
        if not request.htmx:
            query = request.GET.urlencode()
            return HttpResponseRedirect(f"{context['line_page']}?{query}#timeline")
        return render(request, FRAGMENT, context)

    @staff_view(permission="notes.edit")
    @require_POST
    def note(request: StaffRequest, pk: int) -> HttpResponse:
        return _add(request, find(request, pk))

    @staff_view(permission="notes.edit")
    @require_POST
    def note_withdraw(request: StaffRequest, pk: int, note_pk: int) -> HttpResponse:
        return _withdraw(request, find(request, pk), note_pk)

    @staff_view(permission=permission)
    @require_safe
    def note_file(request: StaffRequest, pk: int, note_pk: int) -> HttpResponse:
        return _hand_out(find(request, pk), note_pk)

    return [
        path("<int:pk>/timeline/", fragment, name="timeline"),
        path("<int:pk>/notes/", note, name="note"),
        path("<int:pk>/notes/<int:note_pk>/withdraw/", note_withdraw, name="note_withdraw"),
        path("<int:pk>/notes/<int:note_pk>/file/", note_file, name="note_file"),
    ]


def _add(request: StaffRequest, subject: Subject) -> HttpResponse:
    form = NoteForm(request.POST, request.FILES)
    context = timeline_context(request, subject)
    if form.is_valid():
        try:
            if first_time(request):
                add_note(
                    subject=subject.name,
                    account_id=subject.account_id,
                    body=form.cleaned_data["body"],
                    attachment=form.cleaned_data["file"],
                    at=timezone.now(),
                    actor=request.user,
                )
        except NothingWritten as refused:
            form.add_error("body", str(refused.message))
        else:
            return HttpResponseRedirect(f"{context['line_page']}#timeline")
    context["note_form"] = form
    return render(request, "core/note.html", context, status=UNPROCESSABLE)


def _withdraw(request: StaffRequest, subject: Subject, note_pk: int) -> HttpResponse:
    note = get_object_or_404(subject.rows(Note.objects.all()), pk=note_pk)
    try:
        withdraw_note(
            note=note,
            is_admin=Role.ADMIN in request.membership.roles,
            at=timezone.now(),
            actor=request.user,
        )
    except (NotTheAuthor, WithdrawnBefore) as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, gettext("Withdrawn. It stays here, marked as withdrawn."))
    back = page_url(request.tenant, f"{subject.space}:detail", subject.pk)
    return HttpResponseRedirect(f"{back}#timeline")


def _hand_out(subject: Subject, note_pk: int) -> HttpResponse:
    """Hand the file out as a download, whatever it is; a withdrawn one not at all."""
    found = subject.rows(Note.objects.select_related("file"))
    note = get_object_or_404(found, pk=note_pk, file__isnull=False, withdrawn_at__isnull=True)
    assert note.file is not None  # noqa: S101 - asked for above
    try:
        content = files.read(note.file)
    except files.FileDamaged:
        raise Http404 from None
    response = HttpResponse(content, content_type=note.file_type)
    name = content_disposition_header(as_attachment=True, filename=note.file_name)
    response["Content-Disposition"] = name or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response
