"""Views of lists that people saved, and how they like their lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms import PlainTexts
from core.http import safe_next, unprocessable
from core.lists.look import PREFIX, SIZES
from core.lists.reading import OWN_PARAMS, view_query
from core.lists.registry import ListEntry, entry_of
from core.models import SavedView
from core.models.tenant import Density
from core.operations.saved_views import (
    ViewRefused,
    change_view,
    delete_view,
    keep_look,
    renew_view,
    save_view,
)
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

MOST_COLUMNS = 60
COLUMN_LENGTH = 40


class ViewForm(PlainTexts, forms.Form):
    """What a view is called, and who sees it."""

    name = forms.CharField(label=_("Name"), max_length=60)
    is_shared = forms.BooleanField(
        label=_("Shared with everybody who sees this list"), required=False
    )


class NewViewForm(ViewForm):
    """The same for a new view, with what the list shows."""

    list = forms.CharField(max_length=COLUMN_LENGTH, widget=forms.HiddenInput)
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    columns = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    density = forms.ChoiceField(choices=Density.choices, required=False, widget=forms.HiddenInput)
    next = forms.CharField(max_length=4000, required=False, widget=forms.HiddenInput)


@staff_view(permission="home.view")
@require_safe
def saved_views(request: StaffRequest) -> HttpResponse:
    """Show the person's own views of all lists, and those that others share."""
    found = _visible(request).select_related("owner").order_by("list_key", Lower("name"), "pk")
    rows = []
    for view in found:
        entry = entry_of(view.list_key)
        if entry is None or not request.membership.allows(entry.permission):
            continue
        address = page_url(request.tenant, entry.page) if entry.page else ""
        url = f"{address}?view={PREFIX}{view.pk}" if address else ""
        rows.append((view, str(entry.label), url, view.owner_id == request.user.pk))
    context = {"title": gettext("Saved views"), "rows": rows}
    return render(request, "core/saved_views.html", context)


@staff_view(permission="home.view")
@require_POST
def saved_view_new(request: StaffRequest) -> HttpResponse:
    """Save what a list shows under a name, and show it as a tab of the list."""
    form = NewViewForm(request.POST)
    if form.is_valid():
        entry = _entry(request, form.cleaned_data["list"])
        try:
            view = save_view(
                list_key=entry.key,
                name=form.cleaned_data["name"],
                query=view_query(QueryDict(form.cleaned_data["query"])),
                columns=_columns(form.cleaned_data["columns"].split(",")),
                density=form.cleaned_data["density"],
                is_shared=_shares(request, wanted=form.cleaned_data["is_shared"]),
                at=timezone.now(),
                actor=request.user,
            )
        except ViewRefused as refused:
            form.add_error(refused.field or None, str(refused.message))
        else:
            messages.success(request, gettext("View saved."))
            path = _address(request).partition("?")[0]
            return HttpResponseRedirect(f"{path}?view={PREFIX}{view.pk}")
    context = {"title": gettext("Save this view"), "form": form, "may_share": _may_share(request)}
    context["back_url"] = _address(request)
    return unprocessable(request, "core/saved_view.html", context)


@staff_view(permission="home.view")
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a view; rename and share it, for its owner and whoever may share."""
    view = _view_or_404(request, pk)
    may_change = _may_change(request, view)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    initial = {"name": view.name, "is_shared": view.is_shared}
    form = ViewForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {
        "title": view.name,
        "view": view,
        "form": form,
        "may_change": may_change,
        "may_share": _may_share(request),
        "back_url": _address(request),
    }
    if request.method != "POST":
        return render(request, "core/saved_view.html", context)
    if form.is_valid():
        wanted = form.cleaned_data["is_shared"]
        is_shared = _shares(request, wanted=wanted) if wanted != view.is_shared else wanted
        try:
            change_view(
                view=view,
                name=form.cleaned_data["name"],
                is_shared=is_shared,
                at=timezone.now(),
                actor=request.user,
            )
        except ViewRefused as refused:
            form.add_error(refused.field or None, str(refused.message))
        else:
            messages.success(request, gettext("View changed."))
            return HttpResponseRedirect(_address(request))
    return unprocessable(request, "core/saved_view.html", context)


@staff_view(permission="home.view")
@require_POST
def saved_view_renew(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a view what the list shows now."""
    view = _changeable(request, pk)
    density = request.POST.get("density", "")
    try:
        renew_view(
            view=view,
            query=view_query(QueryDict(request.POST.get("query", "")[:4000])),
            columns=_columns(request.POST.get("columns", "").split(",")),
            density=density if density in Density.values else "",
            at=timezone.now(),
            actor=request.user,
        )
    except ViewRefused as refused:
        messages.error(request, str(refused.message))
        return HttpResponseRedirect(_address(request))
    messages.success(request, gettext("View changed."))
    path = _address(request).partition("?")[0]
    return HttpResponseRedirect(f"{path}?view={PREFIX}{view.pk}")


@staff_view(permission="home.view")
@require_POST
def saved_view_delete(request: StaffRequest, pk: int) -> HttpResponse:
    """Delete a view; the list stays as it is filtered."""
    delete_view(view=_changeable(request, pk), at=timezone.now(), actor=request.user)
    messages.success(request, gettext("View deleted."))
    return HttpResponseRedirect(_address(request, "saved", "view"))


@staff_view(permission="home.view")
@require_POST
def list_look(request: StaffRequest) -> HttpResponse:
    """
    Keep columns, density or rows of a page for this person and list, and go back to the list.

    On a saved view they are put into the address instead: the view stays what it is until it is
    renewed, and the list outside it too.
    """
    entry = entry_of(request.POST.get("list", "")[:COLUMN_LENGTH])
    if entry is None or not request.membership.allows(entry.permission):
        return HttpResponseRedirect(page_url(request.tenant, "saved_views"))
    path, _mark, query = _address(request, "cols", "density", "size").partition("?")
    params = QueryDict(query, mutable=True)
    columns = None
    if "has_columns" in request.POST:
        is_reset = "reset" in request.POST
        columns = [] if is_reset else _columns(request.POST.getlist("columns"))
    density = request.POST.get("density")
    density = density if density in Density.values else None
    size = next((one for one in SIZES if str(one) == request.POST.get("size")), None)
    if params.get("saved") or params.get("view", "").startswith(PREFIX):
        if columns:
            params["cols"] = ",".join(columns)
        if density:
            params["density"] = density
        columns = density = None
    if columns is not None or density or size:
        keep_look(
            list_key=entry.key, actor=request.user, columns=columns, density=density, size=size
        )
    query = params.urlencode()
    return HttpResponseRedirect(f"{path}?{query}" if query else path)


def _entry(request: StaffRequest, key: str) -> ListEntry:
    entry = entry_of(key)
    if entry is None or not request.membership.allows(entry.permission):
        raise Http404
    return entry


def _visible(request: StaffRequest) -> QuerySet[SavedView]:
    return SavedView.objects.filter(Q(owner=request.user) | Q(is_shared=True))


def _view_or_404(request: StaffRequest, pk: int) -> SavedView:
    view = get_object_or_404(_visible(request).select_related("owner"), pk=pk)
    entry = entry_of(view.list_key)
    if entry is not None and not request.membership.allows(entry.permission):
        raise Http404
    return view


def _changeable(request: StaffRequest, pk: int) -> SavedView:
    view = _view_or_404(request, pk)
    if not _may_change(request, view):
        raise PermissionDenied
    return view


def _may_share(request: StaffRequest) -> bool:
    return request.membership.allows("views.share")


def _may_change(request: StaffRequest, view: SavedView) -> bool:
    return view.owner_id == request.user.pk or _may_share(request)


def _shares(request: StaffRequest, *, wanted: bool) -> bool:
    """Return if the view is to be shared; not by somebody who may not."""
    if wanted and not _may_share(request):
        raise PermissionDenied
    return wanted


def _columns(names: list[str]) -> list[str]:
    """Return the names of columns as they came, within reason; a list ignores those it lacks."""
    fitting = [one for one in names if len(one) <= COLUMN_LENGTH and one.isidentifier()]
    return fitting[:MOST_COLUMNS]


def _address(request: StaffRequest, *without: str) -> str:
    """Return the list's address that the form came from, without what is of the moment."""
    path, mark, query = safe_next(request, page_url(request.tenant, "saved_views")).partition("?")
    params: Any = QueryDict(query[:4000], mutable=True)
    for name in (*OWN_PARAMS, *without):
        params.pop(name, None)
    return f"{path}?{params.urlencode()}" if mark and params else path
