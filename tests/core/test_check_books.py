"""The registry of invariants and the command that runs them."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import books, files
from core.models import Job, JobRow
from core.tenancy import tenant_scope
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def check(**options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("check_books", stdout=out, stderr=err, **options)
    except SystemExit as stop:
        return stop.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_clean_books_print_one_ok_per_invariant(tenant, other_tenant):
    code, out, err = check()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines == [f"{invariant.name} ok" for invariant in books.invariants()]
    assert "core.every_tenant_table_is_walled ok" in lines


def test_a_broken_promise_is_counted_and_placed(tenant, other_tenant):
    with tenant_scope(other_tenant.pk):
        job = Job.objects.create(kind="x", title="x", created_at=NOON, state="DONE")
        JobRow.objects.create(job=job, position=1, label="x", subject_id=1)
        JobRow.objects.create(job=job, position=2, label="x", subject_id=2)
    code, out, err = check()
    assert code == 1
    assert "core.jobs_done_leave_no_row_waiting BROKEN 2\n" in out
    assert err == "  core.jobs_done_leave_no_row_waiting: 2 in rival\n"
    assert check(tenant="acme")[0] == 0
    assert check(tenant="rival")[0] == 1


def test_an_unknown_company_is_refused():
    with pytest.raises(CommandError):
        check(tenant="nobody")


@pytest.mark.parametrize("damage", ["gone", "cut", "changed"])
def test_damaged_files_are_found(tenant, damage, tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    with tenant_scope(tenant.pk):
        stored = files.store(content=b"hello", name="a", content_type="text/plain", at=NOON)
        files.store(content=b"world", name="b", content_type="text/plain", at=NOON)
    assert check()[0] == 0
    path = Path(settings.MEDIA_ROOT) / str(tenant.pk) / stored.sha256[:2] / stored.sha256
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"hell" if damage == "cut" else b"jello")
    code, out, _err = check()
    assert code == 1
    assert "core.stored_files_are_whole BROKEN 1" in out


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("ALTER TABLE core_job NO FORCE ROW LEVEL SECURITY", "core.every_tenant_table_is_walled"),
        ("ALTER TABLE core_job DISABLE ROW LEVEL SECURITY", "core.every_tenant_table_is_walled"),
        ("DROP POLICY job_policy ON core_job", "core.every_tenant_table_is_walled"),
        (
            "CREATE POLICY hole ON core_job FOR SELECT USING (true)",
            "core.no_policy_opens_a_table_to_the_app",
        ),
    ],
)
def test_a_hole_in_the_second_wall_is_found(statement, name):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement)
        cursor.execute("SET ROLE duebook_app")
    code, out, err = check()
    assert code == 1
    assert f"{name} BROKEN 1" in out
    assert "in the database" in err


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="two invariants"):
        books.invariant("core.stored_files_are_whole", "SELECT 1")
