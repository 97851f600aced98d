"""Calling an address that a customer of ours typed in, without being led to an inner one.

HTTPS on two ports, names only, no redirects, no proxies, no cookies. The name is looked up once,
the address found is checked and then called, so that a second look-up cannot find another. A call
is cut after a while whatever drips in, and of an answer 64 KiB are read at most.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Event, Timer
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import requests
from django.conf import settings
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from messaging.enums import AttemptResult

PORTS = frozenset({443, 8443})
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
MOST_BYTES = 64 * 1024
KEPT_SIGNS = 2000  # of an answer, to be shown
LONGEST_URL = 500
GONE = 410

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])", re.ASCII)
_INNER_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "test")
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")
_6TO4 = ipaddress.ip_network("2002::/16")


class UrlRefused(Exception):
    """The address is none we would call; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a call: a result, the HTTP status if there was one, and its beginning."""

    result: AttemptResult
    status: int | None = None
    answer: str = ""
    words: str = ""
    milliseconds: int = 0


def may_reach_loopback() -> bool:
    """Test if this installation tests itself; never so in production (``messaging.checks``)."""
    return bool(settings.WEBHOOKS_MAY_REACH_LOOPBACK) and not settings.PRODUCTION


def require_callable(url: str) -> str:
    """
    Return the address as it is called, its name in lower-case ASCII.

    :raises UrlRefused: ``shape``, ``scheme``, ``person`` (a user name in it), ``port`` or ``name``
    """
    if len(url) > LONGEST_URL or not url.isprintable() or "\\" in url or " " in url:
        raise UrlRefused("shape")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("shape") from None
    if parts.username is not None or parts.password is not None:
        raise UrlRefused("person")
    if parts.fragment:
        raise UrlRefused("shape")
    if may_reach_loopback() and parts.hostname in {"127.0.0.1", "localhost"}:
        return url
    if parts.scheme != "https":
        raise UrlRefused("scheme")
    if (port or 443) not in PORTS:
        raise UrlRefused("port")
    name = _name_of(parts)
    netloc = name if port is None else f"{name}:{port}"
    return parts._replace(scheme="https", netloc=netloc, path=parts.path or "/").geturl()


def _name_of(parts: SplitResult) -> str:
    try:
        name = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise UrlRefused("name") from None
    if len(name) > 253 or not _NAME.fullmatch(name):  # noqa: PLR2004 - RFC 1035
        raise UrlRefused("name")  # numbers in any notation, brackets, a name without a dot
    if name.rpartition(".")[2] in _INNER_NAMES:
        raise UrlRefused("name")
    return name


def is_public(address: str) -> bool:
    """Test if the numeric address is one of the open internet, however it is wrapped up."""
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip not in _PUBLIC_V6 or ip in _6TO4:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def call(url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
    """
    POST the body; return what came of it. Never raises for what the other side does.

    Takes at most ``CONNECT_SECONDS`` and ``READ_SECONDS`` together, and the time of looking up the
    name. Must not run inside a transaction.
    """
    began = time.monotonic()
    try:
        url = require_callable(url)
    except UrlRefused as refused:
        return Reply(AttemptResult.BAD_ADDRESS, words=refused.code)
    with _Line() as line:
        reply = line.post(url, body, headers)
    spent = round((time.monotonic() - began) * 1000)
    return Reply(reply.result, reply.status, reply.answer, reply.words, spent)


class _Line:
    """One session for one call, and what cuts it."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._was_cut = Event()
        self._timer = Timer(CONNECT_SECONDS + READ_SECONDS, self._cut)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        for one in self._sockets:
            one.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return what came of it; the time it took is added by the caller."""
        try:
            with self._session() as session, self._answer(session, url, body, headers) as answer:
                return _read(answer, self._was_cut)
        except InvalidIPAddress:
            return Reply(AttemptResult.INSIDE)
        except requests.exceptions.SSLError as error:
            result = AttemptResult.TIMEOUT if self._was_cut.is_set() else None
            return Reply(result or AttemptResult.BAD_CERTIFICATE, words=_words(error))
        except (requests.exceptions.Timeout, TimeoutError) as error:
            return Reply(AttemptResult.TIMEOUT, words=_words(error))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            was_cut = self._was_cut.is_set()
            result = AttemptResult.TIMEOUT if was_cut else AttemptResult.UNREACHABLE
            return Reply(result, words=_words(error))

    @contextlib.contextmanager
    def _answer(
        self, session: requests.Session, url: str, body: bytes, headers: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        answer = session.post(url, data=body, headers=dict(headers), stream=True)
        try:
            yield answer
        finally:
            answer.close()

    def _session(self) -> requests.Session:
        allow_loopback = may_reach_loopback()
        session: requests.Session = HTTPSession(
            Config(
                ip_filter_enable=True,
                ip_filter_allow_loopback_ips=allow_loopback,
                never_redirect=True,
                default_timeout=(CONNECT_SECONDS, READ_SECONDS),
                user_agent_override="Duebook-Webhooks/1",
            )
        )
        session.trust_env = False  # no proxy that would look the name up itself, no netrc
        session.headers["Accept-Encoding"] = "identity"  # a bomb stays as small as it was sent
        for scheme in ("http", "https"):
            adapter = _Checked(scheme == "https", allow_loopback=allow_loopback)
            adapter.note_sockets(self._sockets, self._was_cut)
            session.mount(f"{scheme}://", adapter)
        return session

    def _cut(self) -> None:
        self._was_cut.set()
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class _Checked(IPFilterAdapter):
    """The adapter that looks a name up once; here the address found is judged more strictly."""

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        found = str(host["host"])
        is_own = self._allow_loopback and ipaddress.ip_address(found.strip("[]")).is_loopback
        if not is_own and not is_public(found):
            raise InvalidIPAddress(found)
        return host, pool

    def note_sockets(self, taken: list[socket.socket], was_cut: Event) -> None:
        """Have every connection put a second handle of its socket into the list, to be cut."""
        self.poolmanager.pool_classes_by_scheme = _pools(taken, was_cut)


def _pools(taken: list[socket.socket], was_cut: Event) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _noted(super()._new_conn(), taken, was_cut)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _noted(super()._new_conn(), taken, was_cut)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _noted(made: socket.socket, taken: list[socket.socket], was_cut: Event) -> socket.socket:
    """
    Return the socket, noted to be cut.

    :raises TimeoutError: if the time was over before there was one: nobody would cut it any more
    """
    taken.append(made.dup())
    if was_cut.is_set():  # looked at after noting, as it is set before cutting
        made.close()
        raise TimeoutError("The name was found too late.")
    return made


def _read(answer: requests.Response, was_cut: Event) -> Reply:
    """Read the beginning of an answer that has come; the rest is never looked at."""
    content = b""
    while len(content) < MOST_BYTES:
        part = answer.raw.read1(MOST_BYTES - len(content), decode_content=False)
        if not part:
            break
        content += part
    if was_cut.is_set():
        return Reply(AttemptResult.TIMEOUT, answer.status_code, _text(content))
    return Reply(_result(answer.status_code), answer.status_code, _text(content))


def _result(status: int) -> AttemptResult:
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's successes
        return AttemptResult.TAKEN
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        return AttemptResult.REDIRECTED
    return AttemptResult.GONE if status == GONE else AttemptResult.REFUSED


def _text(content: bytes) -> str:
    """Return the beginning of an answer as text that a table takes and a page can show."""
    text = content[: KEPT_SIGNS * 4].decode("utf-8", "replace")[:KEPT_SIGNS]
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text)


def _words(error: BaseException) -> str:
    """Return the innermost reason, on one line; no address of ours stands in it."""
    while (inner := error.__cause__ or error.__context__) is not None and inner is not error:
        error = inner
    return " ".join(f"{type(error).__name__}: {error}".replace("\0", " ").split())[:300]
