"""Keep the Chinese texts complete: ``messages --update``, ``--check`` or ``--compile``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import texts


class Command(BaseCommand):
    help = "Collect, check or compile the translated texts of pages, mails and documents."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--update", action="store_true", help="collect texts, keep translations")
        what.add_argument("--check", action="store_true", help="fail if anything is not translated")
        what.add_argument("--compile", action="store_true", help="write what Django reads")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["update"]:
            catalog = texts.updated()
            path = texts.write(catalog)
            empty = sum(1 for one in catalog if one.id and not _is_full(one))
            self.stdout.write(f"{path.name}: {len(catalog)} texts, {empty} to translate")
        elif options["compile"]:
            texts.compiled()
        elif problems := texts.problems():
            raise CommandError("\n".join([*problems, f"{len(problems)} problems"]))


def _is_full(message: Any) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(strings) and all(strings)
