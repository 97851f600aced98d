"""pytest's early plugin: a throwaway PostgreSQL and broker, and the application's environment.

It must act before pytest-django reads the settings, hence `-p devtools.pytest_plugin` in
pyproject.toml. Test processes (`-n 2`) inherit the environment; servers given from outside stay.
"""

import os
from contextlib import ExitStack

import pytest

from devtools.base import be_quiet
from devtools.environment import started

_servers = ExitStack()


def pytest_addoption() -> None:
    """Start what is missing; called as soon as the plugin is known."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    be_quiet()
    surroundings = _servers.enter_context(started(tests=True))
    os.environ.update(surroundings.variables)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what was started, unless somebody else uses it."""
    _servers.close()
