"""The aging, and the key itself."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.filtering import Parameter, currency, day, id_of, one_of, read, text
from api.pagination import CURSOR_SCHEMA, LIMIT_SCHEMA, address, cursor_of, limit_of
from api.problems import BadParameter
from api.serializers.jobs import KeyShown
from api.serializers.money import AgingShown
from api.views.base import ApiView, does
from reports.enums import Basis, GroupBy
from reports.forms import AgingForm
from reports.queries import Question, added_up, aging, totals_of

CUSTOMER = id_of("customer", ids.CUSTOMER)
# Read by api.pagination; here for the schema.
PLACE = (
    Parameter("limit", LIMIT_SCHEMA, lambda value: value),
    Parameter("cursor", CURSOR_SCHEMA, lambda value: value),
)
ASKED = (
    day("as_of"),
    text("known", most=40),
    one_of("basis", Basis.values),
    one_of("by", GroupBy.values),
    currency(),
    CUSTOMER,
)


class Aging(ApiView):
    tag = "reports"

    @does(
        "aging", "Who owes how much since when", scope="reports:read", returns=AgingShown,
        parameters=(*ASKED, *PLACE), is_shaped=False,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        question, limit = self._question(request), limit_of(request)
        first = _first_row(request)
        last = first + limit - 1
        if question.by == GroupBy.CUSTOMER:
            every = aging(question)
            rows, totals = every[first - 1 : last], added_up(every)
            has_more = len(every) > last
        else:
            rows, totals = aging(question, first=first, last=last), totals_of(question)
            counts = [sum(row.currency == one.currency for row in rows) for one in totals]
            has_more = max(counts, default=0) == limit
        data = {
            "as_of": question.as_of,
            "known": question.known,
            "basis": question.basis.value,
            "by": question.by.value,
            "totals": totals,
            "rows": rows,
            "next": address(request, cursor=f"n{last + 1}") if has_more else None,
        }
        return Response(AgingShown(data).data)

    def _question(self, request: Request) -> Question:
        data = QueryDict(mutable=True)
        for parameter in ASKED:
            data.setlist(parameter.name, read(request, parameter))
        form = AgingForm(data, tenant=self.tenant)
        if not form.is_valid():
            raise BadParameter(
                errors=[
                    {"parameter": name, "detail": str(errors[0])}
                    for name, errors in form.errors.items()
                ]
            )
        return form.question(self.day)


def _first_row(request: Request) -> int:
    """
    Return the number of the page's first row, from 1.

    :raises BadParameter: for a cursor that this list never gives
    """
    said = cursor_of(request) or "n1"
    if said[0] != "n" or int(said[1:]) < 1:
        text = str(_("This is no cursor of this list."))
        raise BadParameter(errors=[{"parameter": "cursor", "detail": text}])
    return int(said[1:])


class Key(ApiView):
    tag = "key"

    @does("key", "Read what this key may do", returns=KeyShown, is_shaped=False)
    def get(self, request: Request) -> Response:
        key = self.caller.key
        data = {
            "id": key.pk,
            "name": key.name,
            "company": self.tenant.name,
            "company_currency": self.tenant.currency,
            "time_zone": self.tenant.time_zone,
            "acts_for": self.actor.email,
            "scopes": self.caller.scopes,
            "expires_at": key.expires_at,
        }
        return Response(KeyShown(data).data)
