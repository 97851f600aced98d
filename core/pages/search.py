"""The search, and the sheet of keys: pages of their own, and the same in a dialog."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.search.answer import answer
from core.shortcuts import help_sheet
from core.views import StaffRequest, staff_view

MAX_TEXT = 100


@staff_view(permission="home.view")
@require_safe
def search(request: StaffRequest) -> HttpResponseBase:
    """Show what fits ``q``; the number of one thing, typed in full, leads straight to it."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MAX_TEXT]
    found = answer(request, text, day=request.tenant.day_of(timezone.now()))
    context = {"answer": found, "text": text}
    if request.htmx:
        return render(request, "core/parts/palette_answer.html", context)
    if found.jump and "q" in request.GET:
        return redirect(found.jump)
    return render(request, "core/search.html", context)


@staff_view(permission="home.view")
@require_safe
def keys(request: StaffRequest) -> HttpResponseBase:
    """Show the keys that do something, and the switch for letters alone."""
    template = "core/parts/keys.html" if request.htmx else "core/keys.html"
    return render(request, template, {"sheet": help_sheet(request)})
