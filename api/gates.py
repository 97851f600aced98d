"""What a key and its person may do where the scope of the address alone does not say it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from api.authentication import Caller
from api.enums import Scope
from api.operations.bulk import ACTIONS
from api.operations.imports import WRITES
from api.problems import Forbidden
from core import jobs
from core.imports import Importer, importer_of
from core.models import FileImport, Job
from core.operations.imports import UNDO, WRITE
from customers.jobs import ASSIGN_OWNER

# Jobs that a program may try again or cancel, and the scope for it.
_STEERED: dict[str, str] = {one.kind: one.scope for one in ACTIONS.values()} | {
    ASSIGN_OWNER: Scope.CUSTOMERS_WRITE
}


def importer_for(caller: Caller, kind: str) -> Importer:
    """
    Return the importer of the kind, if the key and its person may import such files.

    :raises Forbidden: if not
    """
    for scope in WRITES[kind]:
        caller.require(scope)
    importer = importer_of(kind)
    if not caller.membership.allows(importer.permission):
        raise _not_permitted()
    return importer


def kinds_for(caller: Caller) -> list[str]:
    """Return the kinds of files that the key and its person may import."""
    return [
        kind
        for kind, scopes in WRITES.items()
        if set(scopes) <= set(caller.scopes)
        and caller.membership.allows(importer_of(kind).permission)
    ]


def require_steering(caller: Caller, job: Job) -> None:
    """
    Refuse who may not try this job again, or cancel it: key or person.

    :raises Forbidden: then
    """
    if job.kind in {WRITE, UNDO}:
        file_import = FileImport.objects.filter(pk=job.params.get("import")).first()
        if file_import is not None:
            caller.require(Scope.IMPORTS_USE)
            importer_for(caller, file_import.kind)
    elif job.kind in _STEERED:
        caller.require(_STEERED[job.kind])
    else:
        raise Forbidden("not_steered", _("Jobs of this kind are steered on their page alone."))
    if not jobs.may_steer(job, caller.membership):
        raise _not_permitted()


def _not_permitted() -> Forbidden:
    return Forbidden("permission_missing", _("The person this key acts for may not do this."))
