"""The table of keys: what it promises exists, and no key means two things."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core.models import Tenant, User
from core.nav import CREATE
from core.roles import PERMISSIONS, Role
from core.shortcuts import TABLE, Scope, is_single

SCRIPT = (Path(settings.BASE_DIR) / "static/js/shortcuts.js").read_text()
ACTS = SCRIPT.partition("const DO = {")[2].partition("\n};")[0]
GRID = (Path(settings.BASE_DIR) / "static/js/line-grid.js").read_text()
MENU = (Path(settings.BASE_DIR) / "static/js/row-menu.js").read_text()
HANDLED = {
    *re.findall(r'^  "?([a-z-]+)"?: ', ACTS, re.MULTILINE),
    *re.findall(r'^      "(line-[a-z]+)": ', GRID, re.MULTILINE),
    *re.findall(r'^  "(row-[a-z]+)": ', MENU, re.MULTILINE),
}


def page_of(client: Client, tenant: Tenant, path: str = "") -> str:
    return client.get(f"/t/{tenant.slug}/{path}").content.decode()


def bindings(client: Client, tenant: Tenant) -> list[dict[str, Any]]:
    [text] = re.findall(r'id="keys" data-map="([^"]+)"', page_of(client, tenant))
    rows: list[dict[str, Any]] = json.loads(text.replace("&quot;", '"').replace("&amp;", "&"))
    return rows


def test_no_key_means_two_things_in_one_place() -> None:
    everywhere = {Scope.EVERYWHERE, Scope.GO, Scope.CREATE}
    for scope in Scope:
        keys = Counter(
            key for one in TABLE if one.scope in {scope, *everywhere} for key in one.keys
        )
        assert keys.most_common(1)[0][1] == 1, keys.most_common(3)


def test_no_letter_both_acts_and_leads() -> None:
    leads = {key[0] for one in TABLE for key in one.keys if " " in key}
    assert leads == {"g", "c"}
    assert not leads & {key for one in TABLE for key in one.keys}


def test_what_a_key_does_is_in_the_script_and_the_other_way_round() -> None:
    assert {one.does for one in TABLE if one.does} == HANDLED


@pytest.mark.parametrize("shortcut", TABLE, ids=lambda one: one.keys[0])
def test_every_line_leads_somewhere(shortcut: Any) -> None:
    assert not shortcut.is_bound or shortcut.does or shortcut.page or shortcut.button
    assert not shortcut.permission or shortcut.permission in PERMISSIONS
    if shortcut.page:
        assert reverse(shortcut.page, args=["acme"])


def test_everything_that_can_be_created_has_a_key() -> None:
    assert {entry.page for entry in CREATE} == {
        one.page for one in TABLE if one.scope is Scope.CREATE
    }


@pytest.mark.django_db
def test_bindings_are_those_of_the_person(
    client: Client, tenant: Tenant, members: dict[str, User]
) -> None:
    client.force_login(members[Role.BILLER])
    keys = {key for row in bindings(client, tenant) for key in row["keys"]}
    assert {"mod+k", "/", "?", "g i", "c i", "j", "mod+enter"} <= keys
    assert "c p" not in keys, "a biller records no receipts"


@pytest.mark.django_db
def test_letters_alone_can_be_switched_off(
    client: Client, tenant: Tenant, members: dict[str, User]
) -> None:
    client.force_login(members[Role.ADMIN])
    sheet = f"/t/{tenant.slug}/keys/"
    answer = client.post("/preferences/", {"keys": "off", "next": sheet}, follow=True)
    assert answer.redirect_chain == [(sheet, 302)]
    keys = {key for row in bindings(client, tenant) for key in row["keys"]}
    assert "mod+k" in keys
    assert not {key for key in keys if is_single(key)}
    assert 'value="on"' in page_of(client, tenant, "keys/")

    client.post("/preferences/", {"keys": "on"})
    assert "j" in {key for row in bindings(client, tenant) for key in row["keys"]}
    client.post("/preferences/", {"keys": "sideways", "theme": "dark"})
    members[Role.ADMIN].refresh_from_db()
    assert members[Role.ADMIN].single_keys


@pytest.mark.django_db
def test_the_sheet_shows_what_the_member_may(
    client: Client, tenant: Tenant, members: dict[str, User]
) -> None:
    client.force_login(members[Role.AUDITOR])
    page = page_of(client, tenant, "keys/")
    assert "Next row" in page
    assert "Create: c, then" not in page
    fragment = client.get(f"/t/{tenant.slug}/keys/", headers={"hx-request": "true"})
    assert b"<html" not in fragment.content
    assert b"Next row" in fragment.content
