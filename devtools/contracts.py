"""`lint-imports` on the contracts in pyproject.toml, leaving out packages that do not exist yet."""

import json
import sys
import tomllib
from typing import Any

from devtools.base import ROOT, VAR

# Lists of packages, by the key they stand under.
PACKAGE_LISTS = {"root_packages", "containers", "ancestors", "source_modules", "protected_modules"}


def existing(settings: dict[str, Any]) -> dict[str, Any]:
    """Return a table of settings without the packages that are not there."""
    kept = {}
    for key, value in settings.items():
        if key in PACKAGE_LISTS:
            kept[key] = [name for name in value if _is_there(name)]
        elif key != "contracts":
            kept[key] = value
    return kept


def _is_there(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return (place / "__init__.py").exists() or place.with_suffix(".py").exists()


def as_toml() -> str:
    """Return the contracts that can be checked now."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    lines = ["[tool.importlinter]", *_lines(existing(settings))]
    for contract in settings["contracts"]:
        table = existing(contract)
        if any(key in PACKAGE_LISTS and not table[key] for key in table):
            continue
        lines += ["", "[[tool.importlinter.contracts]]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _lines(table: dict[str, Any]) -> list[str]:
    # Texts, numbers, truths and lists of texts are written alike in JSON and TOML.
    return [f"{key} = {json.dumps(value)}" for key, value in table.items()]


def main() -> int:
    """Check the contracts; the exit code is lint-imports' own."""
    from importlinter.cli import lint_imports

    sys.path.insert(0, str(ROOT))
    path = VAR / "contracts.toml"
    path.write_text(as_toml())
    return lint_imports(config_filename=str(path), cache_dir=str(VAR / "import-linter"))


if __name__ == "__main__":
    sys.exit(main())
