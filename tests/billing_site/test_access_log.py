"""Secrets in addresses reach no log."""

import logging
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from gunicorn.config import Config

from billing_site.access_log import MaskingLogger
from billing_site.watch.logs import formatter
from core.masks import mask
from devtools import run

SECRET = "q3Jx-Zk_9aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        (f"GET /b/{SECRET}/ HTTP/1.1", "GET /b/***/ HTTP/1.1"),
        (f"GET /b/{SECRET} HTTP/1.1", "GET /b/*** HTTP/1.1"),
        (f"GET /b/{SECRET}?lang=en HTTP/1.1", "GET /b/***?lang=en HTTP/1.1"),
        (f"Gone: https://bills.test/b/{SECRET}/", "Gone: https://bills.test/b/***/"),
        (f"/accounts/password/reset/key/1a-{SECRET}/", "/accounts/password/reset/key/***/"),
        ("/accounts/password/reset/key/done/", "/accounts/password/reset/key/done/"),
        ("GET /b/v/5f0c/pdf/ HTTP/1.1", "GET /b/v/5f0c/pdf/ HTTP/1.1"),
        ("GET /t/acme/invoices/ HTTP/1.1", "GET /t/acme/invoices/ HTTP/1.1"),
        ("Mail to Ann Li <ann.li@alder.test>: 550", "Mail to Ann Li <***@***>: 550"),
        ("Key (email)=(ann.li@alder.test)", "Key (email)=(***@***)"),
        ("refused\nDETAIL:  Failing row contains (1, Ann Li).\n", "refused\nDETAIL: ***\n"),
        ("redis://:pw@cache:6379/0", "redis://:***@***:6379/0"),
        ("Authorization: Bearer duebook_0a1b2c3d_x-Y_z", "Authorization: Bearer ***"),
        ("key duebook_0a1b2c3d_x-Y_z and whsec_AbC/+=", "key duebook_0a1b2c3d_*** and whsec_***"),
        ("GET /sign-up/ HTTP/1.1", "GET /sign-up/ HTTP/1.1"),
        ("GET /profile/address/ HTTP/1.1", "GET /profile/address/ HTTP/1.1"),
        ("GET /join/acme/ HTTP/1.1", "GET /join/acme/ HTTP/1.1"),
        ("ann@b.test@c.test,li@d.test", "***@***@c.test,***@***"),
        ("refused\n\n  DETAIL:  Ann\n\n", "refused\n\n  DETAIL: ***\n\n"),
    ],
)
def test_what_is_masked(said: str, masked: str) -> None:
    assert mask(said) == masked


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    for one in resolver.url_patterns:
        address = before + str(one.pattern).removeprefix("^").removesuffix("$")
        if isinstance(one, URLPattern):
            yield address
        else:
            yield from addresses(one, address)


def test_no_address_that_holds_a_token_is_logged() -> None:
    """A new kind of link is one more line of the mask, or this fails."""
    holding = re.compile(r"<(?:\w+:)?(?:token|key)>|\(\?P<key>[^)]*\)")
    found = [one for one in addresses(get_resolver()) if holding.search(one)]
    assert len(found) >= 5, found
    for address in found:
        link = re.sub(r"<[^>]*slug>|\(\?P<uidb36>[^)]*\)", "1a", holding.sub(SECRET, address))
        assert SECRET not in mask(f"Forbidden (CSRF token missing.): {link}"), address


@pytest.mark.parametrize(
    "text",
    ["a" * 30_000, "a." * 15_000 + "@", "\n" * 30_000, "/join/" * 5_000, "a@" * 15_000],
    ids=["word", "name", "lines", "links", "addresses"],
)
def test_a_long_text_is_masked_at_once(text: str) -> None:
    """A Host header of some thousand letters once cost seconds."""
    began = time.process_time()
    mask(text)
    assert time.process_time() - began < 0.25


def access_line(log_format: str) -> str:
    config = Config()
    config.set("accesslog", "-")
    config.set("access_log_format", log_format)
    logger, written = MaskingLogger(config), StringIO()
    logger.access_log.handlers = [logging.StreamHandler(written)]
    path = f"/b/{SECRET}/"
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://bills.test{path}",
    }
    request = SimpleNamespace(headers=[("REFERER", environ["HTTP_REFERER"])])
    response = SimpleNamespace(status="302 Found", sent=0, headers=[("Location", path)])
    logger.access(response, request, environ, timedelta(milliseconds=3))
    return written.getvalue()


@pytest.mark.parametrize(
    "log_format",
    [Config().access_log_format, "%(U)s %({raw_uri}e)s %({referer}i)s %({location}o)s"],
)
def test_the_access_log_names_no_token(log_format: str) -> None:
    line = access_line(log_format)
    assert "/b/***/" in line
    assert SECRET not in line


def test_every_server_that_is_started_masks_and_leaves_requests_to_the_site() -> None:
    name = "billing_site.access_log.MaskingLogger"
    image = (Path(settings.BASE_DIR) / "Dockerfile").read_text()
    assert name in run._gunicorn("127.0.0.1:1")
    assert f'"--logger-class", "{name}"' in image
    assert "--access-logfile" not in run._gunicorn("127.0.0.1:1")
    assert "--access-logfile" not in image


def test_the_sites_own_log_names_no_token() -> None:
    written = StringIO()
    handler = logging.StreamHandler(written)
    shape = dict(settings.LOGGING["formatters"]["line"])
    assert shape.pop("()") == "billing_site.watch.logs.formatter"
    handler.setFormatter(formatter(**shape))
    logger = logging.getLogger("tests.masked")
    logger.addHandler(handler)
    try:
        int(f"/b/{SECRET}/")
    except ValueError:
        logger.exception("%s: %s", "Gone", f"/b/{SECRET}/")
    assert "Gone: /b/***/" in written.getvalue()
    assert "literal for int() with base 10: '/b/***/" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_the_servers_error_log_names_no_token() -> None:
    logger, written = MaskingLogger(Config()), StringIO()
    own = logger.error_log.handlers[-1]  # the others are those of the test runner
    own.setStream(written)
    logger.error("Error handling request %s", f"/b/{SECRET}/")
    assert "/b/***/" in written.getvalue()
    assert SECRET not in written.getvalue()
