"""What a bulk action was asked to act on: ticked rows, or all that match a frozen filter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from core.http import unprocessable
from core.lists.files import sums_of
from core.lists.look import opened_by
from core.lists.reading import clean_params, filters_in_words, filterset_of, rows_of
from core.lists.spec import ListSpec

DIGEST = "matching_digest"  # the field that says which rows a confirmation showed
MAX_SELECTED = 1000  # ticked one by one
MOST_MATCHING = 20_000  # chosen all at once
CONFLICT = 409
# What a confirmation sends on of the form it stands for; the rest is its own.
_OWN_FIELDS = ("csrfmiddlewaretoken", "once", "confirmed", "matching_count", DIGEST, "back")
_TICKED = re.compile(r"([0-9]{1,18})(?::([0-9]{1,9}))?", re.ASCII)  # a bigint, and a version


@dataclass(frozen=True, slots=True)
class Selection:
    """What a bulk action was asked to act on.

    :ivar queryset: the selected rows, never more than the filters leave
    :ivar count: how many there are now
    :ivar is_stale: something else is there now than what was chosen: another number matches, other
        rows than the confirmation showed, or a ticked one is not there, or not in these filters
    :ivar is_all: "all matching" was chosen
    :ivar asked: how many were chosen
    :ivar versions: by id what each row was when it was shown, where the list's boxes say so
    """

    queryset: QuerySet[Any]
    count: int
    is_stale: bool
    is_all: bool = False
    asked: str = ""
    versions: Mapping[int, int] = field(default_factory=dict)

    @property
    def count_text(self) -> str:
        return f"{self.count:,}"


def selection(request: HttpRequest, spec: ListSpec) -> Selection:
    """Return what the list's bulk form selected: ticked rows, or all that match the filters."""
    queryset = rows_of(request, spec)
    if request.POST.get("matching"):
        return _all(request, spec, queryset)
    values = set(request.POST.getlist("selected"))
    read = [found.groups() for value in values if (found := _TICKED.fullmatch(value))]
    ids = {int(pk) for pk, _version in read}
    wanted = len({value.partition(":")[0] for value in values})
    if wanted > MAX_SELECTED:
        return Selection(queryset.none(), 0, is_stale=True, asked=str(wanted))
    chosen = queryset.filter(pk__in=ids)
    count = chosen.order_by().count()
    return Selection(
        chosen,
        count,
        is_stale=count != wanted,
        asked=str(wanted),
        versions={int(pk): int(version) for pk, version in read if version},
    )


def _all(request: HttpRequest, spec: ListSpec, queryset: QuerySet[Any]) -> Selection:
    """Return all that match; stale if not as many do as were shown, or others than confirmed."""
    count = queryset.order_by().count()
    asked = request.POST.get("matching_count", "")
    is_stale, versions = str(count) != asked, {}
    if not is_stale and count <= MOST_MATCHING and (DIGEST in request.POST or _confirmed(request)):
        rows = _ids(queryset, spec)
        is_stale = _digest(rows) != request.POST.get(DIGEST)
        versions = dict(rows) if spec.version else {}
    return Selection(queryset, count, is_stale, is_all=True, asked=asked[:12], versions=versions)


def digest_of(chosen: Selection, spec: ListSpec) -> str:
    """
    Return what stands for exactly the rows chosen, as they are.

    A page shows it, its form returns it as ``DIGEST``, and ``selection`` compares.
    """
    return _digest(_ids(chosen.queryset, spec))


def _ids(queryset: QuerySet[Any], spec: ListSpec) -> list[Any]:
    names = ("pk", spec.version) if spec.version else ("pk",)
    return list(queryset.order_by("pk").values_list(*names)[: MOST_MATCHING + 1])


def _digest(rows: list[Any]) -> str:
    return sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


def _confirmed(request: HttpRequest) -> bool:
    return bool(request.POST.get("confirmed"))


def question_about(
    request: HttpRequest, spec: ListSpec, chosen: Selection, *, back: str, action: str = ""
) -> HttpResponse | None:
    """
    Return what must be said or asked before the action goes on; None if it may.

    :param back: the address of the list, to which its filters are added
    :param action: what is about to be done; with it, "all matching" is asked about first, with the
        number and the sums that will be acted on
    """
    if answer := refused_filters(request, spec, back):
        return answer
    back = f"{back}?{request.GET.urlencode()}"
    if chosen.is_stale:
        return _changed(request, spec, chosen, back)
    if not chosen.count:
        messages.error(request, gettext("Tick at least one row."))
        return redirect(back)
    if chosen.count > MOST_MATCHING:
        messages.error(request, gettext("Choose at most 20,000 rows at once."))
        return redirect(back)
    if chosen.is_all and action and not _confirmed(request):
        return _confirmation(request, spec, chosen, back, action)
    return None


def refused_filters(request: HttpRequest, spec: ListSpec, back: str = "") -> HttpResponse | None:
    """
    Refuse an address with filters that are not understood, 422; None if all are.

    A page says so and shows more rows; a file or an action of more rows than meant is none.
    """
    filterset = filterset_of(request, spec)
    errors = filterset.form.errors if filterset else {}
    if not errors and not opened_by(request).is_gone:
        return None
    context = {
        "title": spec.title,
        "is_gone": opened_by(request).is_gone,
        "errors": [
            (filterset.form[name].label if name in filterset.form.fields else "", texts)
            for name, texts in errors.items()
        ]
        if filterset
        else [],
        "back": f"{back or request.path}?{clean_params(request.GET).urlencode()}",
    }
    return unprocessable(request, "core/filters_refused.html", context)


def _changed(request: HttpRequest, spec: ListSpec, chosen: Selection, back: str) -> HttpResponse:
    """Say that something else matches now than what was chosen; nothing was done."""
    context = {
        "title": spec.title,
        "frozen": chosen.asked,
        "count": chosen.count,
        "is_all": chosen.is_all,
        "is_too_many": not chosen.is_all and int(chosen.asked) > MAX_SELECTED,
        "most": f"{MAX_SELECTED:,}",
        "filters": filters_in_words(request, spec),
        "back": back,
    }
    return render(request, "core/selection_changed.html", context, status=CONFLICT)


def _confirmation(
    request: HttpRequest, spec: ListSpec, chosen: Selection, back: str, action: str
) -> HttpResponse:
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in _OWN_FIELDS
        for value in values
    ]
    context = {
        "title": spec.title,
        "action": action,
        "count": chosen.count,
        "sums": sums_of(chosen.queryset, spec),
        "sum_labels": [str(label) for label in spec.sums.values()],
        "filters": filters_in_words(request, spec),
        "fields": [*fields, (DIGEST, digest_of(chosen, spec))],
        "url": request.get_full_path(),
        "back": back,
    }
    return render(request, "core/selection_confirm.html", context)


def summary(request: HttpRequest, spec: ListSpec) -> HttpResponse:
    """Answer the selection bar: how many rows are ticked now, and what they add up to."""
    chosen = selection(request, spec)
    context = {
        "chosen": chosen,
        "frozen": chosen.asked,
        "sums": [
            (line.currency, line.amounts[0])
            for line in sums_of(chosen.queryset, spec)
            if line.amounts
        ],
    }
    return render(request, "core/parts/selection_summary.html", context)
