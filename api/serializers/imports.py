"""Imports of files, as the API takes and shows them."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import ids
from api.fields import Choice, Flag, Id, Moment, Strict, Text
from api.operations.imports import WRITES
from api.uploads import FileGiven
from core.imports.cells import DATE_FORMATS
from core.imports.kept import shown_cells
from core.models.imports import ImportStage, Verdict

KINDS = list(WRITES)
LONGEST_MAPPING = 10_000
LONGEST_CELL = 10_000
MOST_ROW = 10_000_000
# What a row became is named as the API names such things.
PREFIXES = {
    "customers": ids.CUSTOMER,
    "products": ids.PRODUCT,
    "charges": ids.CHARGE,
    "bills": ids.INVOICE,
    "receipts": ids.RECEIPT,
}
MAPPING = {
    "type": "string",
    "maxLength": LONGEST_MAPPING,
    "contentMediaType": "application/json",
    "description": "A JSON object: our column's name to the file's header, or to null to leave it"
    ' out, such as {"code": "Kunde"}. What it does not name is found by its header.',
}
DATE_FORMAT = {
    "type": "string",
    "enum": list(DATE_FORMATS),
    "description": "How the file writes days, if the year does not come first.",
}


class MappingGiven(Text):
    """A JSON object, written as text in a form: ours to theirs."""

    default_error_messages = {"shape": _("Write a JSON object of texts.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_MAPPING, **kwargs)
        set_override(self, "field", MAPPING)

    def to_internal_value(self, data: Any) -> Any:
        try:
            said = json.loads(super().to_internal_value(data) or "{}")
        except (ValueError, RecursionError):
            self.fail("shape")
        if not isinstance(said, dict):
            self.fail("shape")
        if not all(one is None or isinstance(one, str) for one in said.values()):
            self.fail("shape")
        return said


class ImportGiven(Strict):
    """A CSV or XLSX file: up to 20 MB and 20,000 rows, the first row names the columns."""

    kind = Choice(choices=[(kind, kind) for kind in KINDS])
    file = FileGiven()
    mapping = MappingGiven(required=False)
    date_format = Choice(choices=[(one, one) for one in DATE_FORMATS], required=False)


class CommitGiven(Strict):
    """What of the file is written: the new rows, and those that change something if asked for."""

    with_updates = Flag(required=False)
    all_or_nothing = Flag(required=False)


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "maxLength": LONGEST_CELL}}
)
class CellsGiven(serializers.Field):
    """Texts by our columns' names."""

    default_error_messages = {"shape": _("Write an object of texts.")}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or not data:
            self.fail("shape")
        cell, errors = Text(lines=True, required=False, max_length=LONGEST_CELL), {}
        found: dict[str, str] = {}
        for name, text in data.items():
            try:
                found[name] = cell.run_validation(text)
            except ValidationError as refused:
                errors[name] = refused.detail
        if errors:
            raise ValidationError(errors)
        return found

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value


class MendGiven(Strict):
    """Cells of one row typed over; ``anyway`` adds a row that was taken for one that is there."""

    row = serializers.IntegerField(min_value=1, max_value=MOST_ROW)
    cells = CellsGiven(required=False)
    anyway = Flag(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("anyway")) == ("cells" in attrs):
            raise ValidationError({"cells": [_("Send cells, or anyway; one of the two.")]})
        return attrs


class ImportShown(serializers.Serializer):
    """A file on its way in; ``mapping`` names by our columns the file's headers."""

    id = Id(ids.IMPORT)
    kind = serializers.ChoiceField(choices=KINDS)
    file_name = serializers.CharField()
    stage = serializers.ChoiceField(choices=ImportStage.choices)
    header = serializers.ListField(child=serializers.CharField())
    mapping = serializers.SerializerMethodField()
    date_format = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    row_count = serializers.IntegerField()
    check_job = Id(ids.JOB, source="check_job_id", allow_null=True)
    write_job = Id(ids.JOB, source="write_job_id", allow_null=True)
    undo_job = Id(ids.JOB, source="undo_job_id", allow_null=True)
    created_at = Moment()
    checked_at = Moment(allow_null=True)
    written_at = Moment(allow_null=True)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_mapping(self, found: Any) -> dict[str, str]:
        return {
            name: found.header[place]
            for name, place in found.mapping.items()
            if place < len(found.header)
        }


class VerdictsShown(serializers.Serializer):
    """How many rows would do what, or did."""

    new = serializers.IntegerField(source="NEW")
    update = serializers.IntegerField(source="UPDATE")  # type: ignore[assignment]
    same = serializers.IntegerField(source="SAME")
    error = serializers.IntegerField(source="ERROR")


class ImportWithCountsShown(ImportShown):
    """A file with how many of its rows would do what, or did."""

    counts = VerdictsShown()


class RowErrorShown(serializers.Serializer):
    """Where a row is wrong, and why: our column and the file's header, empty for the whole row."""

    pointer = serializers.CharField()
    column = serializers.CharField()
    header = serializers.CharField()
    detail = serializers.CharField()


class ImportRowShown(serializers.Serializer):
    """A row as a spreadsheet numbers it; the header is row 1. ``changes`` are before and after."""

    row = serializers.IntegerField(source="number")
    verdict = serializers.ChoiceField(choices=[*Verdict.choices, ("", "")])
    note = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    cells = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()

    def get_note(self, row: Any) -> str:
        return "" if row.verdict == Verdict.ERROR else str(row.message)

    @extend_schema_field(RowErrorShown(allow_null=True))
    def get_error(self, row: Any) -> dict[str, str] | None:
        if row.verdict != Verdict.ERROR:
            return None
        place = row.file_import.mapping.get(row.error_column)
        return {
            "pointer": f"/rows/{row.number}/{row.error_column}".rstrip("/"),
            "column": row.error_column,
            "header": "" if place is None else row.file_import.header[place],
            "detail": row.message,
        }

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_cells(self, row: Any) -> dict[str, str]:
        return shown_cells(row.file_import, row)

    @extend_schema_field(
        {
            "type": "object",
            "additionalProperties": {
                "type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2,
            },
        }
    )  # fmt: skip
    def get_changes(self, row: Any) -> dict[str, list[str]]:
        return dict(row.changes)

    @extend_schema_field({"type": ["string", "null"]})
    def get_subject(self, row: Any) -> str | None:
        return ids.written(PREFIXES[row.file_import.kind], row.subject_id)
