"""Removing a sample company, with everything in it, at once."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from core.companies import active_tenant
from core.models import Membership, Tenant, User


class NoSample(Exception):
    """Only a sample company is removed by its people."""


@transaction.atomic
def remove_sample(*, tenant: Tenant) -> int:
    """
    Delete the active company, its rows and, after the commit, its files; return the row count.

    The database's own function does it and refuses any company that is no sample. People whose
    only place it was and who never signed in go with it.

    :raises NoSample: for any other company
    """
    if not tenant.is_sample or active_tenant().pk != tenant.pk:
        raise NoSample(tenant.pk)
    made_up = list(
        Membership.objects.filter(
            tenant=tenant, user__last_login__isnull=True, user__email__endswith=".invalid"
        ).values_list("user_id", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.erase_sample()")
        [count] = cursor.fetchone()
    User.objects.filter(pk__in=made_up, memberships__isnull=True).delete()
    folder = Path(settings.MEDIA_ROOT) / str(tenant.pk)
    transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))
    return int(count)
