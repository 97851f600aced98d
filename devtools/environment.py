"""The environment the application runs in, and the local servers that stand behind it.

A server whose address is already set, in the process's environment or in `.env`, is used as it is.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devtools.base import ROOT, VAR, Problem, say
from devtools.broker import Broker
from devtools.mailsink import MailSink
from devtools.postgres import APP, OWNER, Postgres
from devtools.shared_server import SharedServer
from devtools.texts import compile_texts

DEFAULT_PORT = 8000


@dataclass
class Surroundings:
    """Environment variables of the application, and the local servers that were started for it."""

    variables: dict[str, str]
    servers: list[SharedServer] = field(default_factory=list)


def given() -> dict[str, str]:
    """Return the process's environment over what `.env` says."""
    return _read_env_file(ROOT / ".env") | dict(os.environ)


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    line = re.compile(r"^[ \t]*(?:export +)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
    return {name: value.strip("'\"") for name, value in line.findall(path.read_text())}


def secret_key() -> str:
    """Return this checkout's own key, made once."""
    path = VAR / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        key = secrets.token_urlsafe(50)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
        return key


def _paths(home: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "billing_site.settings",
        "VENDOR_ROOT": str(VAR / "vendor"),
        "PDF_FONT_ROOT": str(VAR / "fonts"),
        "MEDIA_ROOT": str(home / "media"),
        "STATIC_ROOT": str(home / "static"),
    }


def describe(*, port: int = DEFAULT_PORT, tests: bool = False) -> Surroundings:
    """Return the environment and its servers without starting anything.

    Raises Problem if only one of the two database addresses is given.
    """
    surroundings = Surroundings(given())
    _describe_servers(surroundings, tests=tests)
    variables = surroundings.variables
    defaults = _paths(VAR / "test" if tests else VAR) | {
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    for name, value in defaults.items():
        variables.setdefault(name, value)
    if not variables.get("SECRET_KEY"):
        variables["SECRET_KEY"] = secret_key()
    for name in ("MEDIA_ROOT", "STATIC_ROOT"):
        Path(variables[name]).mkdir(parents=True, exist_ok=True)
    return surroundings


def _describe_servers(surroundings: Surroundings, *, tests: bool) -> None:
    """Add a local server for each address that is not given."""
    variables, servers = surroundings.variables, surroundings.servers
    urls = [name for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if variables.get(name)]
    if len(urls) == 1:
        raise Problem(f"{urls[0]} is set alone: set both DATABASE_URL and DATABASE_OWNER_URL")
    if not urls:
        postgres = Postgres(VAR / ("pgtest" if tests else "pg"), throwaway=tests)
        servers.append(postgres)
        variables["DATABASE_URL"] = postgres.url(APP)
        variables["DATABASE_OWNER_URL"] = postgres.url(OWNER)
    if not variables.get("REDIS_URL"):
        broker = Broker(VAR / ("redistest" if tests else "redis"), throwaway=tests)
        servers.append(broker)
        variables["REDIS_URL"] = broker.url
    if not variables.get("EMAIL_URL"):
        if tests:
            variables["EMAIL_URL"] = "smtp://127.0.0.1:9"  # nobody listens; tests keep their mails
        else:
            sink = MailSink(VAR / "mail")
            servers.append(sink)
            variables["EMAIL_URL"] = sink.url


@contextmanager
def started(*, port: int = DEFAULT_PORT, tests: bool = False) -> Iterator[Surroundings]:
    """Start what `describe` names and stop it again, in the opposite order, at the end."""
    compile_texts()
    surroundings = describe(port=port, tests=tests)
    with ExitStack() as stack:
        for server in surroundings.servers:
            stack.enter_context(server)
            if isinstance(server, MailSink):
                surroundings.variables["EMAIL_URL"] = server.url
            say(f"{server.name} is ready")
        yield surroundings
