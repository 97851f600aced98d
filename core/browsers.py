"""Where a session is, in words: the browser and system it names, and the network it comes from."""

from __future__ import annotations

import ipaddress
import re

from django.utils.translation import gettext as _

# The first that fits counts: Edge calls itself Chrome, and Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger", "WeChat"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[A-Za-z][\w .-]{0,30}(?=/)")


def browser_in_words(user_agent: str) -> str:
    """Return what the browser says of itself as people say it: Firefox on Windows."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    program = _PROGRAM.match(user_agent)
    return browser or system or (program[0] if program else "") or _("Unknown browser")


def shortened(address: str) -> str:
    """Return the network of an internet address: enough to know the place, less than the person."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if known.is_loopback:
        return _("This machine")
    if known.version == 4:  # noqa: PLR2004 - IPv4
        return f"{'.'.join(str(known).split('.')[:2])}.*.*"
    return f"{':'.join(known.exploded.split(':')[:3])}:*"
