"""The person's own page: name, language, times, days, lists, keys, and where work begins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.forms import HouseModelForm
from core.http import unprocessable
from core.models import User
from core.operations.create_company import time_zones
from core.operations.prefer import keep_profile
from core.views import PersonRequest, person_view

TEMPLATE = "core/profile.html"
SIZES = (50, 100, 200)


class ProfileForm(HouseModelForm):
    """How the person is called, and how they like the pages."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        widget=forms.Select(attrs={"data-typeahead": ""}),
        help_text=_("For times on pages. Due dates always go by the company's day."),
    )
    rows_per_page = forms.TypedChoiceField(
        label=_("Rows per page"), coerce=int, choices=[(size, str(size)) for size in SIZES]
    )

    class Meta:
        model = User
        fields = (
            "name",
            "language",
            "time_zone",
            "date_style",
            "number_style",
            "theme",
            "density",
            "rows_per_page",
            "start_page",
            "single_keys",
        )
        labels = {
            "name": pgettext_lazy("person", "Name"),
            "date_style": _("Days on pages"),
            "number_style": _("Amounts on pages"),
            "theme": _("Theme"),
            "density": _("Rows of lists"),
            "start_page": _("Start page"),
            "single_keys": _("Single letters are keys"),
        }
        help_texts = {
            "name": _("Colleagues see it beside what you do."),
            "number_style": _(
                "Also how you type them. Documents, files and programs keep 1,280.50."
            ),
            "density": _("For lists you have not set otherwise."),
            "start_page": _("Where you land after signing in, in companies where you may see it."),
            "single_keys": _("Off: only keys with Ctrl or Alt act, and none by mistake."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone) for zone in sorted(time_zones())]
        self.fields["time_zone"].choices = [("", _("That of the company")), *zones]  # type: ignore[attr-defined]


@person_view
def profile(request: PersonRequest) -> HttpResponse:
    """Show and change the person's own page."""
    # A row of its own: a refused form must not rename the person in the page's head.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    context = {"form": form, "section": "profile"}
    if request.method != "POST":
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return unprocessable(request, TEMPLATE, context)
    user = keep_profile(user=request.user, values=form.cleaned_data)
    with translation.override(user.language):
        messages.success(request, gettext("Saved."))
    return redirect("profile")
