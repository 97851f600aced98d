"""Where the person is signed in, and how they end that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from core.browsers import browser_in_words, shortened
from core.views import PersonRequest, person_view


@dataclass(frozen=True, slots=True)
class Place:
    """One session as it is shown; ``network`` is the shortened address it was last used from."""

    pk: int
    browser: str
    network: str
    since: datetime
    seen: datetime
    is_this: bool


@person_view
@require_safe
def sessions(request: PersonRequest) -> HttpResponse:
    """List where the person is signed in, this session first, then the last used one."""
    UserSession.objects.create_from_request(request)
    found = UserSession.objects.purge_and_list(request.user)
    places = [
        Place(
            one.pk,
            browser_in_words(one.user_agent),
            shortened(one.ip),
            one.created_at,
            one.last_seen_at,
            one.session_key == request.session.session_key,
        )
        for one in found
    ]
    places.sort(key=lambda place: (place.is_this, place.seen), reverse=True)
    return render(request, "usersessions/usersession_list.html", {"places": places})


@person_view
@require_POST
def session_end(request: PersonRequest, pk: int) -> HttpResponse:
    """End one of the person's sessions; ending this one signs out."""
    session = get_object_or_404(UserSession, pk=pk, user_id=request.user.pk)
    was_this = session.session_key == request.session.session_key
    end_sessions(request, [session])
    if was_this:
        return redirect("account_login")
    messages.success(request, gettext("Ended. That browser has to sign in again."))
    return redirect("usersessions_list")


@person_view
@require_POST
def sessions_end_others(request: PersonRequest) -> HttpResponse:
    """End every session of the person but this one."""
    end_other_sessions(request, request.user)
    messages.success(request, gettext("Ended. Every other browser has to sign in again."))
    return redirect("usersessions_list")
