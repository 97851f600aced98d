"""`./dev run` refuses in plain words."""

import os
import socket
import subprocess
import sys
import time

import pytest

from devtools import base, cli, run
from devtools.base import Problem


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=rf"port {port} is taken .* --port {port + 1}"):
            run._refuse_taken(port)


def test_a_free_port_is_accepted():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run._refuse_taken(port)


def test_a_second_run_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "VAR", tmp_path)
    with (
        run._only_run(8000),
        pytest.raises(Problem, match=r"already runs: process .* http://127.0.0.1:8000/"),
        run._only_run(8001),
    ):
        pass


@pytest.mark.parametrize(
    ("words", "port"), [([], 8000), (["--port", "81"], 81), (["--port=8123"], 8123)]
)
def test_port_is_read(words, port, monkeypatch):
    monkeypatch.delenv("PORT", raising=False)
    assert cli._port(words) == port


@pytest.mark.parametrize(
    "words", [["8000"], ["--port"], ["--port", "x"], ["--port", "0"], ["-p", "1"]]
)
def test_nonsense_is_refused(words):
    with pytest.raises(Problem):
        cli._port(words)


def test_the_seconds_go_on_when_the_checkouts_python_takes_over(monkeypatch):
    monkeypatch.setenv("DUEBOOK_STARTED", "")  # put back at the end
    base.hand_on_the_start()
    assert float(os.environ["DUEBOOK_STARTED"]) == base._STARTED
    spoken = subprocess.run(
        [sys.executable, "-c", "from devtools import base; base.say('here')"],
        env={**os.environ, "DUEBOOK_STARTED": str(time.monotonic() - 100)},
        cwd=base.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert spoken.stderr.startswith("[10")
