"""pytest's early plugin: a throwaway PostgreSQL and broker, and the application's environment.

It must act before pytest-django reads the settings, hence `-p devtools.pytest_plugin` in
pyproject.toml. Test processes (`-n 3`) inherit the environment, each with databases of the broker's
own: one's emptied cache is not the other's. Servers given from outside stay.
"""

import gc
import os
from contextlib import ExitStack

import pytest

from devtools import browser
from devtools.base import Problem, be_quiet
from devtools.environment import started

_servers = ExitStack()

# Migrations and requests make many objects that live long; looking for garbage among them as often
# as Python does on its own costs a sixth of the suite's time.
gc.set_threshold(50_000, 20, 50)


def pytest_addoption() -> None:
    """Start what is missing; called as soon as the plugin is known."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        number = 2 * int(worker.removeprefix("gw"))
        broker = os.environ.get("REDIS_URL", "")
        os.environ["REDIS_URL"] = broker.replace("virtual_host=0", f"virtual_host={number}")
        return
    be_quiet()
    try:
        surroundings = _servers.enter_context(started(tests=True))
    except Problem as problem:
        raise pytest.UsageError(str(problem)) from None
    os.environ.update(surroundings.variables)
    # Playwright keeps an event loop in the main thread, which Django would take for async code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser, or fail it where one is required."""
    if item.get_closest_marker("e2e") and not browser.chromium():
        if browser.is_required():
            pytest.fail(browser.REASON, pytrace=False)
        pytest.skip(browser.REASON)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what was started, unless somebody else uses it."""
    _servers.close()
