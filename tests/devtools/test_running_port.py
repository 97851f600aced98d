"""Commands print addresses of the site as it runs."""

import fcntl
from pathlib import Path

import pytest

from devtools import manage
from devtools.environment import DEFAULT_PORT


def test_a_command_knows_where_the_site_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "VAR", tmp_path)
    assert manage.running_port() == DEFAULT_PORT
    (tmp_path / "run.lock").write_text("process 7, http://127.0.0.1:8123/")
    assert manage.running_port() == DEFAULT_PORT  # of a run that has ended
    with (tmp_path / "run.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert manage.running_port() == 8123
