#!/usr/bin/env python
"""Run a management command."""

import os
import sys
import uuid


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")
    from django.core.management import execute_from_command_line

    from core.context import Work, begin_work

    # Log lines and the trail of changes say that a command did it, and which belong together.
    begin_work(uuid.uuid4().hex, Work("command", "".join(sys.argv[1:2]), via="COMMAND"))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
