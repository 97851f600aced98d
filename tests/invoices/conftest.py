"""Where documents are kept and what draws them, for tests of sending."""

import pytest
from django.core.cache import cache

from core import pdf


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    settings.SITE_URL = "https://bills.test"
    cache.clear()


@pytest.fixture
def fake_pdf(monkeypatch):
    monkeypatch.setattr(pdf, "render", lambda html, **_k: b"%PDF " + html.encode())
