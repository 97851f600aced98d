"""The local servers: shared, adopted after a kill, and gone after the last user."""

import os
import signal
import smtplib
import time
from email import message_from_bytes

import psycopg
import pytest

from devtools import environment
from devtools.base import ROOT, Problem, socket_folder
from devtools.broker import Broker
from devtools.mailsink import MailSink
from devtools.postgres import APP, EXTENSIONS, OWNER, ROLES


def test_the_last_user_stops_the_server(tmp_path):
    first, second = Broker(tmp_path / "redis"), Broker(tmp_path / "redis")
    first.start()
    second.start()
    first.stop()
    assert second.is_ready()
    second.stop()
    assert not second.is_ready()


def test_a_server_left_by_a_killed_user_is_adopted(tmp_path):
    killed, after = Broker(tmp_path / "redis"), Broker(tmp_path / "redis")
    killed.start()
    killed._leave_to_others()
    killed._held.close()  # what the kernel does to a killed process
    with after:
        assert after._process is None
        assert after.is_ready()
    assert not after.is_ready()


def test_a_killed_server_starts_again(tmp_path):
    broker = Broker(tmp_path / "redis")
    with broker:
        os.kill(broker._process.pid, signal.SIGKILL)
        broker._process.wait()
        with Broker(tmp_path / "redis") as again:
            assert again.is_ready()


def test_the_sink_keeps_a_mail_with_its_envelope_and_its_port(tmp_path):
    sink = MailSink(tmp_path / "mail")
    with sink:
        port = sink.port
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail(
                "billing@example.com",
                ["kunde@example.com", "财务@example.cn"],
                "Subject: 账单\r\n\r\n¥1.00\r\n".encode(),
                mail_options=["SMTPUTF8"],
            )
    (file,) = (tmp_path / "mail").glob("*.eml")
    mail = message_from_bytes(file.read_bytes())
    assert mail["X-Envelope-From"] == "billing@example.com"
    assert len(mail.get_all("X-Envelope-To")) == 2
    assert "¥1.00" in file.read_text()
    assert not sink.is_ready()
    with sink:
        assert sink.port == port


def test_the_sink_takes_no_stranger_for_itself(tmp_path):
    with MailSink(tmp_path / "mail") as ours:
        (tmp_path / "other.port").write_text(str(ours.port))
        with MailSink(tmp_path / "other") as other:
            assert other.port != ours.port
        assert ours.is_ready()


def test_a_long_path_gets_a_private_folder(tmp_path):
    short = tmp_path / "pg"
    assert socket_folder(short) == short
    long = tmp_path / ("x" * 120)
    folder = socket_folder(long)
    try:
        assert folder.stat().st_mode & 0o077 == 0
        assert socket_folder(long) == folder
    finally:
        folder.rmdir()


@pytest.fixture
def superuser():
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        yield connection


@pytest.mark.parametrize("role", [APP, OWNER])
def test_no_role_bypasses_row_security(superuser, role):
    query = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s"
    assert superuser.execute(query, [role]).fetchone() == (False, False, False)


def test_only_the_owner_may_make_databases_and_act_as_the_other(superuser):
    query = "SELECT rolname FROM pg_roles WHERE rolcreatedb AND rolname LIKE 'duebook%'"
    assert superuser.execute(query).fetchall() == [(OWNER,)]
    query = "SELECT pg_has_role(%s, %s, 'MEMBER')"
    assert superuser.execute(query, [OWNER, APP]).fetchone() == (True,)
    assert superuser.execute(query, [APP, OWNER]).fetchone() == (False,)


def test_the_extensions_are_there(superuser):
    names = {name for (name,) in superuser.execute("SELECT extname FROM pg_extension")}
    assert set(EXTENSIONS) <= names


def test_the_container_makes_the_same_roles():
    script = (ROOT / "docker" / "postgres-init.sh").read_text()
    for role, rights in ROLES.items():
        assert f"CREATE ROLE {role} {rights} PASSWORD" in script
    assert f"GRANT {APP} TO {OWNER};" in script
    for extension in EXTENSIONS:
        assert f"CREATE EXTENSION IF NOT EXISTS {extension};" in script


def test_one_database_address_alone_is_refused(monkeypatch):
    monkeypatch.setattr(environment, "given", lambda: {"DATABASE_URL": "postgres:///x"})
    with pytest.raises(Problem, match="set both"):
        environment.describe()


def test_given_servers_are_used_and_none_started(monkeypatch):
    given = {
        "DATABASE_URL": "postgres://duebook_app@db/duebook",
        "DATABASE_OWNER_URL": "postgres://duebook_owner@db/duebook",
        "REDIS_URL": "redis://redis/0",
        "EMAIL_URL": "smtp://mail:25",
    }
    monkeypatch.setattr(environment, "given", lambda: dict(given))
    surroundings = environment.describe()
    assert surroundings.servers == []
    assert given.items() <= surroundings.variables.items()


def test_env_file_is_read(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# a comment\nA=1\n export B = 'two words'\nC=\nD=x=y # no comment\n")
    assert environment._read_env_file(file) == {
        "A": "1",
        "B": "two words",
        "C": "",
        "D": "x=y # no comment",
    }


def test_the_plugin_is_quick_when_the_server_runs():
    begin = time.monotonic()
    with environment.started(tests=True):
        pass
    assert time.monotonic() - begin < 5
