"""The second factor in a real browser: an app's codes, and a passkey of a virtual device."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from playwright.sync_api import Page, expect

from core.models import Membership, User
from devtools.browser import chromium, is_required, launch_arguments
from tests.conftest import make_tenant

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(chromium() is None and not is_required(), reason="no Chromium"),
]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return launch_arguments()


@pytest.fixture
def url(settings: Any, monkeypatch: pytest.MonkeyPatch, live_server: Any) -> str:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's own loop
    settings.SITE_URL = live_server.url
    cache.clear()
    user = User.objects.create_user("lina@acme.test", PASSWORD, name="Li Na")
    Membership.objects.create(tenant=make_tenant("acme"), user=user, roles=["AUDITOR"])
    # Browsers make no passkeys for an address that is a number.
    return str(live_server.url).replace("127.0.0.1", "localhost")


def code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def sign_in(page: Page, url: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("E-mail").or_(page.locator("input[name=login]")).first.fill("lina@acme.test")
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_device(page: Page) -> None:
    """Plug a device into the browser that makes passkeys and asks nobody."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def set_up_app(page: Page, url: str) -> str:
    """Sign in, connect an app, and return a recovery code of the file that was kept."""
    sign_in(page, url)
    page.goto(f"{url}/accounts/second-factor/app/")
    page.get_by_label("Code the app shows now").fill(code(page.inner_text("#secret")))
    page.get_by_role("button", name="Turn on").click()
    codes = page.locator(".person-codes code")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert recovery in download.value.path().read_text()
    return recovery


def test_app_and_passkey(page: Page, url: str) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    add_device(page)
    recovery = set_up_app(page, url)
    page.goto(f"{url}/accounts/second-factor/passkeys/new/")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.locator("bdi", has_text="Passkey 1")).to_be_visible()

    sign_in(page, url)
    page.get_by_label("Code of the app, or a recovery code").fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{url}/t/acme/")

    sign_in(page, url)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{url}/t/acme/")

    page.context.clear_cookies()
    page.goto(f"{url}/accounts/login/?next=/t/acme/customers/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{url}/t/acme/customers/")
    assert not problems
