"""The page behind a sign-in that a sent form led to: it is sent again, or thrown away."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from core import kept_forms
from core.views import PersonRequest, person_view

REPEAT = 307  # the browser sends the same form on


@person_view
@require_http_methods(["GET", "HEAD", "POST"])
def kept_form(request: PersonRequest) -> HttpResponse:
    """Show that a form waits; ``send`` sends it where it went, ``drop`` throws it away."""
    kept = kept_forms.kept_form(request)
    if kept is None:
        return redirect("root")
    if request.method != "POST":
        return render(request, "core/kept_form.html", {"kept": kept})
    kept_forms.forget(request)
    if "send" in request.GET:
        return HttpResponseRedirect(kept.path, status=REPEAT)
    return redirect("root")
