"""The web server's own logs, without the secrets that stand in addresses."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from core.masks import MaskingFormatter, mask


class MaskingLogger(Logger):
    """``gunicorn --logger-class billing_site.access_log.MaskingLogger``."""

    def setup(self, cfg: Any) -> None:
        """Mask what the server says of requests that failed, too."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(MaskingFormatter(self.error_fmt, self.datefmt))

    def atoms(self, *args: Any) -> dict[str, Any]:
        """Return what a line may be made of: request line, path, referrer, headers; all masked."""
        return {
            name: mask(value) if isinstance(value, str) else value
            for name, value in super().atoms(*args).items()
        }
