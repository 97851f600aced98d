"""The web server's access log, without the secrets that stand in addresses."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from core.masks import mask


class MaskingLogger(Logger):
    """``gunicorn --logger-class billing_site.access_log.MaskingLogger``."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        """Return what a line may be made of: request line, path, referrer, headers; all masked."""
        return {
            name: mask(value) if isinstance(value, str) else value
            for name, value in super().atoms(*args).items()
        }
