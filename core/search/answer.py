"""The answer to what somebody typed into the palette, or to nothing: what they looked at last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.models import Recent
from core.search.pages import actions, creations, pages
from core.search.registry import SHOWN, Asked, Hit, Rank, Ranked, Shown, Source, actions_on, sources
from core.urls_in import page_url
from core.views import StaffRequest

RECENT = 8
ACTED_ON = 1  # so many of the best of a kind have their actions offered


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    name: str
    label: str
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What was found.

    :ivar best: the one that Enter opens at once
    :ivar jump: the address of the one thing whose number was typed in full, if there is just one
    """

    groups: list[Group]
    best: Hit | None = None
    jump: str = ""

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def answer(request: StaffRequest, text: str, *, day: date) -> Answer:
    """
    Return what the member may see and do that fits the text, stripped, of at most 100 characters.

    Of each kind it takes a bounded number of statements; rows are those of the active company.
    """
    asked = Asked(text)
    if not asked.plain:
        return _nothing_typed(request, day)
    things, offers = [], list[Hit]()
    for source in _allowed(request):
        hits = list(_hits(request, source, source.find(asked)[:SHOWN], day))
        things.append(Group(source.kind, str(source.label), hits))
        offers += _offers(request, source, hits[:ACTED_ON])
    groups = [
        Group("page", _("Go to"), pages(request, asked)),
        Group("action", _("Actions"), [*actions(request, asked), *offers]),
        *things,
    ]
    every = [hit for group in (*things, *groups) for hit in group.hits]
    jumps = [hit for group in things for hit in group.hits if hit.rank is Rank.EXACT]
    return Answer(
        groups=[group for group in groups if group.hits],
        best=min(every, key=lambda hit: hit.rank, default=None),
        jump=jumps[0].url if len(jumps) == 1 else "",
    )


def _nothing_typed(request: StaffRequest, day: date) -> Answer:
    recent = list(_recent(request, day))
    groups = [
        Group("recent", _("Recent"), recent),
        Group("action", _("Actions"), creations(request)),
    ]
    groups = [group for group in groups if group.hits]
    return Answer(groups, best=groups[0].hits[0] if groups else None)


def _recent(request: StaffRequest, day: date) -> Iterator[Hit]:
    """Return what the person looked at last here, as it is now; what is gone is left out."""
    kept = Recent.objects.filter(user=request.user).values_list("things", flat=True).first() or []
    places = [(kind, int(pk)) for kind, _colon, pk in (one.partition(":") for one in kept)]
    found = {}
    for source in _allowed(request):
        ids = [pk for kind, pk in places if kind == source.kind]
        for hit in _hits(request, source, [(pk, Rank.EXACT) for pk in ids], day):
            found[source.kind, hit.pk] = hit
    return iter([found[place] for place in places if place in found][:RECENT])


def _allowed(request: StaffRequest) -> list[Source]:
    return [one for one in sources() if request.membership.allows(one.permission)]


def _hits(request: StaffRequest, source: Source, ranked: Ranked, day: date) -> Iterator[Hit]:
    """Return the things as they are shown, in the order of their ranks."""
    shown = source.show([pk for pk, _rank in ranked], day) if ranked else {}
    for pk, rank in ranked:
        if pk in shown:
            yield Hit(
                url=page_url(request.tenant, source.page, pk),
                icon=source.icon,
                shown=shown[pk],
                rank=rank,
                pk=pk,
            )


def _offers(request: StaffRequest, source: Source, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Return what can be done with the things, behind everything that was asked for itself."""
    for hit in hits:
        for action in actions_on(source.kind):
            if hit.rank > Rank.WORD or hit.shown.is_idle:
                continue
            if request.membership.allows(action.permission):
                label = str(action.label) % {"name": hit.shown.title}
                query = {action.parameter: hit.pk}
                yield Hit(
                    url=page_url(request.tenant, action.page, query=query),
                    icon=action.icon,
                    shown=Shown(label),
                    rank=Rank.NEAR,
                )
