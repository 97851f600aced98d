"""A running site, its mail server, and people at their browsers, who note everything that fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from django.core.cache import cache
from django.utils.translation import trans_real
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

from core import texts
from devtools.browser import launch_arguments
from tests.messaging.servers import Behaviour, smtp_server

LANGUAGES = ("en", "zh-hans")
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
PASSWORD = "wet-stones-9-dry"
# A form that is refused answers 422 on purpose; Chromium logs every answer of 400 and more.
BENIGN = ("status of 422",)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return launch_arguments()


@pytest.fixture(scope="session")
def compiled_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The translations as they stand in the source now, whatever was compiled before."""
    root = tmp_path_factory.mktemp("locale")
    folder = root / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, texts.stored())
    return root


@pytest.fixture(autouse=True)
def chinese(settings: Any, compiled_texts: Path) -> Iterator[None]:
    settings.LOCALE_PATHS = [compiled_texts]
    forget_translations()
    yield
    forget_translations()


def forget_translations() -> None:
    trans_real._translations.clear()
    trans_real._default = None


@dataclass
class Site:
    """Where the pages are and what its mail server has received."""

    url: str
    mails: list[bytes]


@pytest.fixture
def site(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_server: Any
) -> Iterator[Site]:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's own loop
    settings.SITE_URL, settings.MEDIA_ROOT = live_server.url, str(tmp_path / "media")
    settings.DEFAULT_FROM_EMAIL = "billing@duebook.test"
    settings.EMAIL_BACKEND = "messaging.smtp.FencedBackend"
    cache.clear()
    behaviour = Behaviour()
    with smtp_server(behaviour) as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        yield Site(live_server.url, behaviour.received)


@dataclass
class Watch:
    """What went wrong in a browser: broken answers, refused scripts and styles, errors."""

    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(one in message.text for one in BENIGN):
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test at its end for whatever a browser complained of on the way."""
    watch = Watch()
    yield watch
    assert not watch.problems


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own: nobody's cookies are in it."""
    contexts = []

    def make(language: str = "en", **options: Any) -> Page:
        context = browser.new_context(locale=LOCALES[language], **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield make
    for context in contexts:
        context.close()


def sign_in(page: Page, site: Site, email: str, password: str = PASSWORD) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main button.btn-primary[type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def pick(page: Page, name: str, value: str) -> None:
    """Choose in a long select as a person does: open its list, click the option."""
    select = page.locator(f"select[name='{name}']")
    box = page.locator(f"select[name='{name}'] + .ts-wrapper")
    box.locator(".ts-control").click()
    box.locator(f".ts-dropdown [data-value='{value}']").click()
    assert select.input_value() == value


def save(page: Page) -> None:
    """Press the main button of the page's form."""
    page.locator("main form button.btn-primary[type=submit]").last.click()


def text_of(locator: Locator) -> str:
    """Return what is read there, in one line."""
    return " ".join(locator.inner_text().split())
