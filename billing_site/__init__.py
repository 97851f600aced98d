"""The site: settings, URLs, the Celery application and the start-up checks."""

from billing_site.celery import app as celery_app

__all__ = ["celery_app"]
