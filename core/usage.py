"""Asking whether anything points to a row, without knowing who might."""

from __future__ import annotations

from django.db import models


def is_used(row: models.Model) -> bool:
    """
    Test if a row of any app points to this one and would keep it from being deleted.

    Asked of Django's model registry, so that a lower app need not import the apps above it.
    """
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is models.PROTECT
    )
