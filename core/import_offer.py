"""The way from a list to the import of its rows."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from core.imports import importer_of
from core.lists import Action
from core.urls_in import page_url
from core.views import StaffRequest


def import_action(request: StaffRequest, kind: str) -> Action:
    """Return the link to the import of this kind, for who may import such files."""
    url = page_url(request.tenant, "import_new", query={"kind": kind})
    permission = importer_of(kind).permission
    return Action(pgettext_lazy("a file", "Import"), url, "file-import", permission)
