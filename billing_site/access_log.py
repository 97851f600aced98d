"""The web server's own logs, in the form of ours, without secrets and personal data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from billing_site.watch.logs import WorkFilter, formatter
from core.masks import mask


class MaskingLogger(Logger):
    """``gunicorn --logger-class billing_site.access_log.MaskingLogger``."""

    def setup(self, cfg: Any) -> None:
        """Mask what the server says of requests that failed, too."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(as_json=settings.LOG_FORMAT == "json"))
            handler.addFilter(WorkFilter())

    def atoms(self, *args: Any) -> dict[str, Any]:
        """Return what a line may be made of: request line, path, referrer, headers; all masked."""
        return {
            name: mask(value) if isinstance(value, str) else value
            for name, value in super().atoms(*args).items()
        }
