"""An address that somebody typed leads nowhere inside, whatever it is made to look like."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import Any, Self

import pytest
import requests
from django.conf import settings as django_settings
from django.core.checks import run_checks

from messaging import outlet
from messaging.enums import AttemptResult
from messaging.outlet import Reply, UrlRefused, call, is_public, require_callable
from tests.messaging.receivers import dripping, receiver

HEADERS = {"Content-Type": "application/json"}


def post(url: str) -> Reply:
    return call(url, body=b"{}", headers=HEADERS)


@pytest.fixture
def inside(settings: Any) -> None:
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Nothing may be connected to; what was tried is kept."""
    tried: list[Any] = []

    def refuse(address: Any, *_args: Any, **_kwargs: Any) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError("not in a test")

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)
    return tried


def resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Answer each look-up with the next address, the last one again; return what was asked."""
    asked: list[str] = []
    left = list(answers)

    def fake(host: str, port: Any, **_kwargs: Any) -> list[Any]:
        asked.append(host)
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port or 443))]

    monkeypatch.setattr("requests_hardened.ip_filter.socket.getaddrinfo", fake)
    return asked


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "scheme"),
        ("ftp://hooks.example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://hooks.example.com:22/", "port"),
        ("https://hooks.example.com:6379/", "port"),
        ("https://hooks.example.com:99999/", "shape"),
        ("https://good.example.com@127.0.0.1/", "person"),
        ("https://user:pw@hooks.example.com/", "person"),
        ("https://localhost/", "name"),
        ("https://LOCALHOST./", "name"),
        ("https://printer.local/", "name"),
        ("https://redis/", "name"),
        ("https://metadata.google.internal/", "name"),
        ("https://127.0.0.1/", "name"),
        ("https://169.254.169.254/latest/meta-data/", "name"),
        ("https://2130706433/", "name"),  # 127.0.0.1 as one number
        ("https://0x7f000001/", "name"),
        ("https://0177.0.0.1/", "name"),
        ("https://127.1/", "name"),
        ("https://[::1]/", "name"),
        ("https://[::ffff:127.0.0.1]/", "name"),
        ("https://[fe80::1%25eth0]/", "name"),
        ("https://①②⑦.⓪.⓪.①/", "name"),
        ("https://127。0。0。1/", "name"),
        ("https://hooks.example.com\\@127.0.0.1/", "shape"),
        ("https://hooks.example.com /", "shape"),
        ("https://hooks.example.com/\r\nHost: inside", "shape"),
        ("https://hooks.example.com/#x", "shape"),
        ("https:///nothing", "name"),
        ("https://-a.example.com/", "name"),
        ("https://" + "a" * 600 + ".com/", "shape"),
        ("", "scheme"),
    ],
)
def test_addresses_that_are_refused_at_once(url: str, code: str, no_connection: list[Any]) -> None:
    with pytest.raises(UrlRefused) as refused:
        require_callable(url)
    assert refused.value.code == code
    assert post(url).result == AttemptResult.BAD_ADDRESS
    assert no_connection == []


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://Hooks.Example.COM", "https://hooks.example.com/"),
        ("https://hooks.example.com:8443/a?b=c", "https://hooks.example.com:8443/a?b=c"),
        ("https://例子.中国/钩", "https://xn--fsqu00a.xn--fiqs8s/钩"),
    ],
)
def test_addresses_that_are_called(url: str, called: str) -> None:
    assert require_callable(url) == called


INNER = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1",  # noqa: S104 - an answer, not a binding
    "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "::127.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_inside_is_not_called(
    address: str, monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    resolves_to(monkeypatch, address)
    assert not is_public(address)
    assert post("https://hooks.example.com/").result == AttemptResult.INSIDE
    assert no_connection == []


def test_a_second_look_up_finds_nobody_else(
    monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]
) -> None:
    """DNS rebinding: the address that was judged is the one that is called."""
    asked = resolves_to(monkeypatch, "93.184.215.14", "127.0.0.1")
    assert post("https://hooks.example.com/").result == AttemptResult.UNREACHABLE
    assert asked == ["hooks.example.com"]
    assert no_connection == [("93.184.215.14", 443)]


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch, no_connection: list[Any]) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    resolves_to(monkeypatch, "93.184.215.14")
    post("https://hooks.example.com/")
    assert no_connection == [("93.184.215.14", 443)]


def test_a_certificate_of_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def post(self, *_args: Any, **_kwargs: Any) -> Any:
            raise requests.exceptions.SSLError("certificate verify failed")

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_error: object) -> None:
            return None

    monkeypatch.setattr(outlet._Line, "_session", lambda _self: Refusing())
    assert post("https://hooks.example.com/").result == AttemptResult.BAD_CERTIFICATE


@pytest.mark.usefixtures("inside")
class TestAnswers:
    def test_a_redirect_is_not_followed(self) -> None:
        with receiver() as there, receiver() as elsewhere:
            there.statuses, there.headers = [302], {"Location": elsewhere.url}
            assert post(there.url).result == AttemptResult.REDIRECTED
            assert elsewhere.got == []

    def test_an_endless_answer_is_cut(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
        began = time.monotonic()
        with dripping(head, b"x" * 65536, every=0) as url:
            reply = post(url)
        assert (reply.result, reply.status) == (AttemptResult.TAKEN, 200)
        assert len(reply.answer) == outlet.KEPT_SIGNS
        assert time.monotonic() - began < 2

    @pytest.mark.parametrize(
        "head",
        [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"],
        ids=["headers", "body"],
    )
    def test_a_dripping_answer_is_cut(self, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outlet, "CONNECT_SECONDS", 0.1)
        monkeypatch.setattr(outlet, "READ_SECONDS", 0.3)
        began = time.monotonic()
        with dripping(head) as url:
            reply = post(url)
        assert reply.result == AttemptResult.TIMEOUT
        assert time.monotonic() - began < 1.5

    def test_a_drip_is_cut_after_a_slow_look_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The time is over before there is a socket: who cuts then finds none."""
        look_up = socket.getaddrinfo

        def slow(*args: Any, **kwargs: Any) -> Any:
            time.sleep(0.5)
            return look_up(*args, **kwargs)

        monkeypatch.setattr(outlet, "CONNECT_SECONDS", 0.1)
        monkeypatch.setattr(outlet, "READ_SECONDS", 0.2)
        monkeypatch.setattr("requests_hardened.ip_filter.socket.getaddrinfo", slow)
        began = time.monotonic()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"
        with dripping(head, b"x" * 1024) as url:
            reply = post(url)
        assert (reply.result, reply.status) == (AttemptResult.TIMEOUT, None)
        assert 0.5 < time.monotonic() - began < 2.5  # it would drip for more than three seconds

    def test_a_bomb_stays_packed(self) -> None:
        with receiver() as there:
            there.body, there.headers = b"\x1f\x8b" + b"\0" * 50, {"Content-Encoding": "gzip"}
            reply = post(there.url)
        assert reply.result == AttemptResult.TAKEN
        assert "\0" not in reply.answer
        assert there.got[0][0]["accept-encoding"] == "identity"

    def test_who_is_not_there(self) -> None:
        with receiver() as there:
            url = there.url
        reply = post(url)
        assert reply.result == AttemptResult.UNREACHABLE
        assert "refused" in reply.words


def test_without_the_switch_nobody_reaches_this_machine() -> None:
    with receiver() as there:
        assert post(there.url).result == AttemptResult.BAD_ADDRESS
        assert there.got == []


def test_production_refuses_the_switch(settings: Any) -> None:
    settings.PRODUCTION, settings.WEBHOOKS_MAY_REACH_LOOPBACK = True, True
    assert "messaging.E002" in {found.id for found in run_checks()}
    assert not outlet.may_reach_loopback()
    environment = os.environ | {
        "PRODUCTION": "true",
        "WEBHOOKS_MAY_REACH_LOOPBACK": "true",
        "SECRET_KEY": "abcdefghij" * 6,
        "DEBUG": "false",
    }
    ended = subprocess.run(
        [sys.executable, "-c", "import billing_site.settings"],
        env=environment,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "must not set WEBHOOKS_MAY_REACH_LOOPBACK" in ended.stderr
