"""The shape of the house: what a reader may rely on without looking."""

from __future__ import annotations

import ast
import collections
import sysconfig
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models

from core.constraints import CompositeFK, TenantPolicy
from core.fields import ExactField
from core.tenancy import TenantModel, TenantPart

APPS = [
    *("billing_site", "core", "messaging", "customers", "ledger"),
    *("invoices", "payments", "dunning", "reports", "portal", "api"),
]
SOURCES = [
    path
    for app in APPS
    for path in (settings.BASE_DIR / app).rglob("*.py")
    if "migrations" not in path.parts
]


def relative(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


def test_collections_is_still_the_standard_library() -> None:
    assert Path(collections.__file__).is_relative_to(sysconfig.get_path("stdlib"))
    assert not (settings.BASE_DIR / "collections").exists()


def test_files_and_functions_stay_small() -> None:
    too_long = []
    for path in SOURCES:
        text = path.read_text()
        if len(text.splitlines()) > 450:
            too_long.append(relative(path))
        too_long += [
            f"{relative(path)}:{node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 70
        ]
    assert too_long == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


WRITES = {
    "save",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "select_for_update",
}
# Besides operations: the few files of core and the presets that are operations by another name.
WRITERS = {
    "operations",
    "presets.py",
    "audit.py",
    "files.py",
    "jobs.py",
    "once.py",
    "tenancy.py",
    "tenant.py",
    "bench",
    "campaigns",
    "demo",
    "books.py",
    "management",
    "bounces.py",
    "bulk.py",
    "logos.py",  # a picture's save, into memory
}


def test_only_operations_write() -> None:
    writers = {}
    for path in SOURCES:
        if WRITERS & set(relative(path).split("/")):
            continue
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "operations")
        }
        if calls & WRITES:
            writers[relative(path)] = calls & WRITES
    assert writers == {}


# Seconds and what a spreadsheet hands over are floats; money never is.
WITH_SECONDS = {"messaging", "billing_site", "pdf", "imports"}


def test_no_float_and_no_other_rounding() -> None:
    found = {}
    for path in SOURCES:
        names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
        banned = set() if WITH_SECONDS & set(relative(path).split("/")) else {"float", "round"}
        if names & banned:
            found[relative(path)] = names & banned
    assert found == {}


MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_tenant_model_has_its_rules(model: type[models.Model]) -> None:
    rules = model._meta.constraints
    links = {
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, TenantModel)
    }

    assert any(isinstance(rule, TenantPolicy) for rule in rules)
    assert {rule.field for rule in rules if isinstance(rule, CompositeFK)} == links
    for field in model._meta.get_fields():
        assert not isinstance(field, models.FloatField)
        assert not isinstance(field, models.DecimalField) or isinstance(field, ExactField)


def test_a_part_without_a_key_to_the_tenant_hangs_on_a_row_that_has_one() -> None:
    for model in (model for model in MODELS if issubclass(model, TenantPart)):
        held = [rule.field for rule in model._meta.constraints if isinstance(rule, CompositeFK)]
        assert not all(model._meta.get_field(name).null for name in held), model


def test_nobody_imports_the_faces_to_the_outside() -> None:
    for path in SOURCES:
        if path.parts[len(settings.BASE_DIR.parts)] in {"portal", "api", "billing_site"}:
            continue
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        faces = {"portal", "api", "billing_site"}
        assert not any(name.split(".")[0] in faces for name in imported), path
