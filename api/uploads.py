"""Files that programs send: as a form with its fields, or as the body itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser

from api.problems import BadParameter, TooLarge
from core.imports.kept import plain_name
from core.operations.imports import MOST_BYTES

AROUND = 64 * 1024  # what the fields of a form may take besides the file


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; its name is for people."""

    content: bytes
    name: str

    def told(self) -> str:
        """Return what tells it from every other file."""
        return f"{self.name} {hashlib.sha256(self.content).hexdigest()}"


class FormBody(BaseParser):
    """A form with a file; each field comes once, and the address has no parameters."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        if request.query_params:
            text = str(_("In a form this is a field."))
            raise BadParameter(
                errors=[{"parameter": name, "detail": text} for name in request.query_params]
            )
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > MOST_BYTES + AROUND:
            raise TooLarge
        try:
            found = MultiPartParser().parse(stream, media_type, parser_context)
        except RequestDataTooBig:
            raise TooLarge from None
        except (ParseError, SuspiciousOperation):
            raise ParseError(_("The form cannot be read.")) from None
        values: dict[str, Any] = {}
        for name, sent in [*found.data.lists(), *found.files.lists()]:
            if name in values or len(sent) != 1:
                raise ValidationError({name: [_("This comes more than once.")]})
            values[name] = sent[0]
        for name in found.files:
            file = values[name]
            values[name] = Upload(file.read(), plain_name(str(file.name)))
            file.close()
        return values


class CsvBody(BaseParser):
    """A file as the body itself; what a form's other fields say stands in the address."""

    media_type = "text/csv"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge
        params = (parser_context or {})["request"].query_params
        said = {name: params[name] for name in params if name != "file_name"}
        name = plain_name(params.get("file_name", "upload.csv"))
        return said | {"file": Upload(content, name)}


class FileGiven(serializers.Field):
    """A file that was sent."""

    default_error_messages = {"invalid": _("Send a file.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "string", "format": "binary"})

    def to_internal_value(self, data: Any) -> Upload:
        if not isinstance(data, Upload):
            self.fail("invalid")
        return data

    def to_representation(self, value: Upload) -> str:
        return value.name
