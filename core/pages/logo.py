"""The company's logo: chosen, seen on light and dark, taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.companies import active_logo
from core.forms import HouseForm
from core.http import unprocessable
from core.logos import data_address
from core.operations.draw_logo import MOST_BYTES, LogoRefused
from core.operations.logo import remove_logo, set_logo
from core.urls_in import page_url
from core.views import StaffRequest, staff_view

TEMPLATE = "core/logo.html"


class LogoForm(HouseForm):
    """The file; what is in it is judged by ``core.logos``."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG or JPEG, at most 2 MB and 12 million pixels."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={"required": _("Choose a file first.")},
    )


@staff_view(permission="settings.edit")
def logo(request: StaffRequest) -> HttpResponse:
    """Show the logo as it will look, and take another one."""
    form = LogoForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "section": "logo"}
    if request.method == "POST":
        if "remove" in request.POST:
            remove_logo(tenant=request.tenant, at=timezone.now(), actor=request.user)
            messages.success(request, gettext("New documents go without a logo."))
            return HttpResponseRedirect(page_url(request.tenant, "logo"))
        form = context["form"] = LogoForm(request.POST, request.FILES)
        if form.is_valid() and _taken(request, form):
            messages.success(request, gettext("New documents carry this logo."))
            return HttpResponseRedirect(page_url(request.tenant, "logo"))
    context["picture"] = data_address(active_logo())
    if request.method == "POST":
        return unprocessable(request, TEMPLATE, context)
    return render(request, TEMPLATE, context)


def _taken(request: StaffRequest, form: LogoForm) -> bool:
    content = form.cleaned_data["file"].read(MOST_BYTES + 1)
    try:
        set_logo(tenant=request.tenant, content=content, at=timezone.now(), actor=request.user)
    except LogoRefused as refused:
        form.add_error("file", str(refused.message))
        return False
    return True
