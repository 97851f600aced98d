"""The WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_site.settings")

application = get_wsgi_application()

from core.startup import require_safe_database_role  # noqa: E402 - needs the settings

require_safe_database_role()
