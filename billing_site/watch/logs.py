"""Log lines: one JSON object each in production, plain text for people; without personal data."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from core.context import current_request_id, current_work
from core.masks import MaskingFormatter, mask

# What a line may hold besides time, level, logger and message; everything else that frameworks
# hang on a record (the request, a task's arguments) stays out.
FIELDS = ("work", "request_id", "route", "tenant", "method", "status", "milliseconds")
TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class WorkFilter(logging.Filter):
    """Writes on every line which request or task it belongs to; it lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Fill in what is known of the work at hand."""
        work = current_work()
        known = {
            "work": work.kind,
            "request_id": current_request_id(),
            "route": work.route,
            "tenant": work.tenant,
        }
        for name, value in known.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


class JsonLines(JsonFormatter):
    """A line is an object of ``FIELDS`` as far as they are known; its texts are masked.

    ``time`` is UTC, ISO 8601. An error's traceback is in ``exc_info``.
    """

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Take the known fields alone."""
        log_data["time"] = datetime.fromtimestamp(record.created, tz=UTC).isoformat()
        log_data["level"], log_data["logger"] = record.levelname, record.name
        log_data["message"] = record.message
        for name in FIELDS:
            log_data[name] = getattr(record, name, None)
        for name in ("exc_info", "stack_info"):
            log_data[name] = message_dict.get(name)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Mask every text, and leave out what is not known."""
        return {
            name: mask(value) if isinstance(value, str) else value
            for name, value in log_data.items()
            if value is not None and value != ""
        }

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Return one line, whatever stands in it."""
        return json.dumps(log_data, default=str, ensure_ascii=False)


def formatter(*, as_json: bool) -> logging.Formatter:
    """Return what writes this installation's lines."""
    return JsonLines() if as_json else MaskingFormatter(TEXT)
