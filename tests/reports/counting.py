"""How many questions a page asks the database."""

from __future__ import annotations

from django.test.utils import CaptureQueriesContext

# What only a test's enclosing transaction adds, and settings.
NO_QUESTIONS = ("SAVEPOINT", "RELEASE", "SET ", "SELECT set_config(")


def questions(captured: CaptureQueriesContext) -> list[str]:
    """Return the statements that ask or write something."""
    statements = [query["sql"].strip() for query in captured.captured_queries]
    return [one for one in statements if not one.startswith(NO_QUESTIONS) or "EXISTS" in one]
