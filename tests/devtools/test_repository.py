"""What the set-up promises about files of the repository."""

import re
import subprocess
import sys

from devtools import contracts
from devtools.base import ROOT


def test_every_variable_of_the_settings_is_explained():
    settings = (ROOT / "billing_site" / "settings.py").read_text()
    names = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    example = (ROOT / ".env.example").read_text()
    assert names
    assert {name for name in names if f"#{name}=" not in example} == set()


def test_who_serves_or_works_does_not_get_the_owners_password():
    """What `environment` says goes before .env, which `env_file` hands over whole."""
    text = (ROOT / "docker-compose.yml").read_text()
    shared = text[text.index("x-application:") : text.index("services:")]
    for line in (
        'DATABASE_OWNER_URL: "postgres://"',
        'DUEBOOK_OWNER_PASSWORD: ""',
        'POSTGRES_PASSWORD: ""',
    ):
        assert f"    {line}\n" in shared
    assert "duebook_owner" not in shared
    serving = text[text.index("\n  web:\n") : text.index("\n  migrate:\n")]
    assert "environment" not in serving
    assert serving.count("<<: *application") == 3


def test_the_standard_library_keeps_its_names():
    """`dunning` is not called `collections` for this reason (docs/adr)."""
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert ours.isdisjoint(sys.stdlib_module_names)


def test_contracts_leave_out_what_does_not_exist():
    assert contracts.existing({"root_packages": ["devtools", "not_there"], "name": "x"}) == {
        "root_packages": ["devtools"],
        "name": "x",
    }


def test_dev_starts_without_any_package():
    """The first start has nothing but the standard library."""
    code = "import devtools.cli, devtools.bootstrap"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True)


def test_unknown_command_is_told_in_one_line():
    done = subprocess.run(
        [sys.executable, "dev", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "./dev: there is no command 'nonsense'; see ./dev help\n"
