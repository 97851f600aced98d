"""Real sender processes, started and killed as a campaign wishes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from celery import Celery
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

PROCESSES = 4
_PER_WORKER = 2


class Senders(Protocol):
    """Processes that send one company's messages."""

    def start(self) -> None:
        """Start them all."""

    def kill(self) -> None:
        """End them all by SIGKILL."""

    def wake(self) -> None:
        """Tell them that there is work."""

    def tidy(self) -> None:
        """Leave nothing behind."""


class _Processes:
    """A number of processes, each in a group of its own with its children."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = dict(environment)
        self._log = log
        self._running: list[subprocess.Popen[bytes]] = []

    def launch(self, words: list[str], count: int) -> None:
        with self._log.open("ab") as output:
            for number in range(count):
                self._running.append(
                    subprocess.Popen(  # noqa: S603 - our own programs
                        [word.format(number=number) for word in words],
                        env=self._environment,
                        cwd=settings.BASE_DIR,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                )

    def kill(self) -> None:
        """End every process and its children by SIGKILL."""
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._running:
            process.wait()
        self._running.clear()


class Workers(_Processes):
    """Celery workers with two child processes each, on keys of their own in the broker."""

    def __init__(
        self, environment: Mapping[str, str], log: Path, tenant_id: int, broker: Celery
    ) -> None:
        """Take the application that speaks to the same keys."""
        super().__init__(environment, log)
        self._tenant_id = tenant_id
        self._broker = broker

    def start(self) -> None:
        """Start the workers and leave a wake-up for each child."""
        words = [sys.executable, "-m", "celery", "-A", "billing_site", "worker"]
        words += ["--pool=prefork", f"--concurrency={_PER_WORKER}", "--loglevel=WARNING"]
        words += ["--hostname=campaign{number}@%h", "--without-gossip", "--without-mingle"]
        self.launch(words, PROCESSES // _PER_WORKER)
        self.wake()

    def wake(self) -> None:
        """Send one wake-up per child."""
        for _child in range(PROCESSES):
            self._broker.send_task("messaging.drain", kwargs={"tenant_id": self._tenant_id})

    def tidy(self) -> None:
        """Delete the campaign's keys."""
        with self._broker.connection_for_write() as link:
            channel: Any = link.default_channel
            client = channel.client
            prefix = self._broker.conf.broker_transport_options["global_keyprefix"]
            for key in client.scan_iter(match=f"{prefix}*"):
                client.delete(key.decode().removeprefix(prefix))  # it adds the prefix itself
        self._broker.close()


class Loops(_Processes):
    """The same drains in plain processes, where no broker answers."""

    def __init__(self, environment: Mapping[str, str], log: Path, slug: str) -> None:
        """Take the company's slug."""
        super().__init__(environment, log)
        self._slug = slug

    def start(self) -> None:
        """Start the processes; each looks for work by itself."""
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        words = [sys.executable, manage, "drain_messages", "--tenant", self._slug, "--every", "0.3"]
        self.launch(words, PROCESSES)

    def wake(self) -> None:
        """Need nothing: the processes look for work by themselves."""

    def tidy(self) -> None:
        """Need nothing."""


def environment_for(changes: Mapping[str, Any], smtp_port: int) -> dict[str, str]:
    """Return the environment of a process on this database, with these settings changed."""
    database = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {
        "DATABASE_URL": database._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "DJANGO_SETTINGS_MODULE": "billing_site.campaigns.settings",
        "CAMPAIGN_SETTINGS": json.dumps(dict(changes)),
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "EMAIL_BACKEND": "messaging.smtp.FencedBackend",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }


def broker_with(prefix: str) -> Celery | None:
    """Return an application whose keys begin with ``prefix``; None if no broker answers."""
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS | {"global_keyprefix": prefix}
    broker = Celery("campaign", broker=settings.CELERY_BROKER_URL, set_as_current=False)
    broker.conf.update(broker_transport_options=options, task_ignore_result=True)
    try:
        with broker.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=3)
    except (OSError, OperationalError):
        return None
    return broker
