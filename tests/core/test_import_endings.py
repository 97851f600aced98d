"""Imports that end otherwise than planned: jobs tried again, undo cut short, twins, time over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from core import files, jobs
from core.models import AuditEntry, FileImport, FileImportRow, Job, StoredFile
from core.operations.import_endings import KEPT, end_old_imports
from core.tenancy import tenant_scope
from customers.models import Customer
from invoices.models import Charge
from invoices.operations.charges import ChargeDraft, save_charge
from payments.models import Receipt
from tests.core.test_import_pages import AT, checked, counts, mapped, uploaded, work_off, written
from tests.factories import CustomerFactory, TaxCodeFactory

pytestmark = pytest.mark.django_db
HEAD = "customer_code,date,amount,currency,reference,invoice\n"
TWIN = "C1,2026-02-10,100.00,CNY,same,"


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def brought(client, kind, text):
    """Check the file, by the columns of the last one like it; return its import."""
    pk, _answer = uploaded(client, kind, text)
    mapped(client, pk)
    return pk


def test_a_twin_whose_row_erred_is_added_when_somebody_says_so(admin, tenant):
    with tenant_scope(tenant.pk):
        CustomerFactory(code="C1", currency="CNY")
    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n{TWIN}NONE-1\n")
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 0, "ERROR": 1}
    written(admin, pk)

    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n")
    page = admin.get(f"{AT}{pk}/")
    assert (page.context["counts"]["SAME"], page.context["alike"]) == (1, 1)
    assert 'name="anyway"' in page.content.decode()
    admin.post(f"{AT}{pk}/mend/", {"row": 2, "anyway": "1"})
    assert counts(admin, pk)["NEW"] == 1
    written(admin, pk)
    with tenant_scope(tenant.pk):
        assert Receipt.objects.count() == 2

    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n{TWIN}\n")
    assert counts(admin, pk) == {"NEW": 0, "UPDATE": 0, "SAME": 2, "ERROR": 0}


def test_a_row_keeps_its_place_among_twins_of_which_one_errs(admin, tenant):
    with tenant_scope(tenant.pk):
        CustomerFactory(code="C1", currency="CNY")
    written(admin, brought(admin, "receipts", f"{HEAD}{TWIN}NONE-1\n{TWIN}\n"))
    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n")
    assert counts(admin, pk)["NEW"] == 1
    written(admin, pk)
    with tenant_scope(tenant.pk):
        assert Receipt.objects.count() == 2
    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n{TWIN}\n")
    assert counts(admin, pk)["SAME"] == 2


def test_adding_one_of_two_anyway_leaves_the_other_as_it_is(admin, tenant):
    with tenant_scope(tenant.pk):
        CustomerFactory(code="C1", currency="CNY")
    written(admin, brought(admin, "receipts", f"{HEAD}{TWIN}\n"))
    pk = brought(admin, "receipts", f"{HEAD}{TWIN}\n{TWIN}\n")
    assert counts(admin, pk) == {"NEW": 1, "UPDATE": 0, "SAME": 1, "ERROR": 0}
    admin.post(f"{AT}{pk}/mend/", {"row": 2, "anyway": "1"})
    assert counts(admin, pk)["NEW"] == 2
    answer = admin.post(f"{AT}{pk}/mend/", {"row": 2, "anyway": "1"}, follow=True)
    assert "moved on" in answer.content.decode()
    written(admin, pk)
    with tenant_scope(tenant.pk):
        assert Receipt.objects.count() == 3


def test_a_check_tried_again_after_the_writing_changes_nothing(admin, tenant, members):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    with tenant_scope(tenant.pk):
        check = jobs.start(
            kind="check_import", title="x", rows=[(pk, "x")], at=timezone.now(),
            actor=members["ADMIN"], params={"import": pk},
        )  # fmt: skip
        FileImport.objects.update(check_job=check)
        check.rows.update(state="FAILED")
        Job.objects.update(state="DONE")
    written(admin, pk)
    with tenant_scope(tenant.pk):
        jobs.retry_failed(job=check, at=timezone.now(), actor=members["ADMIN"])
    work_off()
    with tenant_scope(tenant.pk):
        assert check.rows.get().state == "SKIPPED"
    assert counts(admin, pk)["NEW"] == 1


def test_a_check_of_another_job_is_left_to_it(admin, tenant, members):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    with tenant_scope(tenant.pk):
        other = jobs.start(
            kind="check_import", title="x", rows=[(pk, "x")], at=timezone.now(),
            actor=members["ADMIN"], params={"import": pk},
        )  # fmt: skip
        before = FileImport.objects.get(pk=pk).checked_at
    work_off()
    with tenant_scope(tenant.pk):
        assert other.rows.get().state == "SKIPPED"
        assert FileImport.objects.get(pk=pk).checked_at == before


def test_an_undo_that_was_cancelled_goes_on_with_the_rest(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\nB,Bee\n")
    written(admin, pk)
    admin.post(f"{AT}{pk}/undo/")
    with tenant_scope(tenant.pk):
        job = Job.objects.get(kind="undo_import")
        assert jobs.work_off_one(job_id=job.pk, at=timezone.now())
        jobs.cancel(job=job, at=timezone.now())
    page = admin.get(f"{AT}{pk}/")
    assert (page.context["stage"], page.context["left"]) == ("WRITTEN", 1)
    admin.post(f"{AT}{pk}/undo/")
    work_off()
    with tenant_scope(tenant.pk):
        assert not Customer.objects.exists()
        assert Job.objects.filter(kind="undo_import").latest("pk").rows.count() == 1
    assert admin.get(f"{AT}{pk}/").context["stage"] == "UNDONE"


def test_what_somebody_else_removed_counts_as_taken_back(admin, tenant):
    pk = checked(admin, "customers", "code,name\nA,Acme\n")
    written(admin, pk)
    with tenant_scope(tenant.pk):
        Customer.objects.all().delete()
    admin.post(f"{AT}{pk}/undo/")
    assert admin.get(f"{AT}{pk}/").context["stage"] == "UNDOING"
    work_off()
    assert admin.get(f"{AT}{pk}/").context["stage"] == "UNDONE"


def test_a_charge_that_somebody_changed_stays(admin, tenant):
    with tenant_scope(tenant.pk):
        tax = TaxCodeFactory(is_default=True)
        customer = CustomerFactory(code="C1", currency="CNY")
    pk = brought(
        admin, "charges",
        "customer_code,description,service_date,unit_price\nC1,x,2026-02-01,5\nC1,y,2026-02-01,5\n",
    )  # fmt: skip
    written(admin, pk)
    with tenant_scope(tenant.pk):
        charge = Charge.objects.get(description="x")
        draft = ChargeDraft(
            customer.pk, "mine", charge.service_date, charge.quantity, charge.unit_price, "CNY",
            tax.pk,
        )  # fmt: skip
        save_charge(charge=charge, draft=draft, at=timezone.now(), actor=None)
    admin.post(f"{AT}{pk}/undo/")
    work_off()
    with tenant_scope(tenant.pk):
        assert [one.description for one in Charge.objects.all()] == ["mine"]
        row = Job.objects.get(kind="undo_import").rows.get(state="FAILED")
        assert row.message == "Somebody changed it since it was added."


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_discarding_removes_the_bytes_too(admin, tenant):
    before = stored()
    pk = checked(admin, "customers", "code,name\nA,Acme gone\n")
    assert len(stored()) == len(before) + 1
    admin.post(f"{AT}{pk}/discard/")
    assert stored() == before
    with tenant_scope(tenant.pk):
        assert not StoredFile.objects.exists()
        assert AuditEntry.objects.filter(event="import.discarded").exists()


def test_a_file_that_two_imports_share_stays_for_the_other(admin, tenant):
    text = "code,name\nA,Acme\n"
    first, second = checked(admin, "customers", text), checked(admin, "customers", text)
    admin.post(f"{AT}{first}/discard/")
    with tenant_scope(tenant.pk):
        assert files.read(FileImport.objects.get(pk=second).file) == text.encode()


def test_after_ninety_days_rows_and_file_are_gone_and_what_was_written_stays(admin, tenant):
    done = checked(admin, "customers", "code,name\nA,Acme\n")
    written(admin, done)
    never = checked(admin, "customers", "code,name\nB,Bee\n")
    now = timezone.now()
    with tenant_scope(tenant.pk):
        assert end_old_imports(at=now + KEPT - timedelta(hours=1)) == 0
        assert end_old_imports(at=now + KEPT + timedelta(hours=1)) == 2
        assert end_old_imports(at=now + KEPT + timedelta(hours=2)) == 0
        assert not FileImportRow.objects.exists()
        assert not StoredFile.objects.exists()
        assert Customer.objects.get().code == "A"
    assert admin.get(f"{AT}{never}/").status_code == 404
    page = admin.get(f"{AT}{done}/")
    assert page.context["stage"] == "ENDED"
    assert "90 days" in page.content.decode()
    assert admin.get(AT).status_code == 200
    assert admin.get(f"{AT}{done}/file.xlsx").status_code == 200
    assert "moved on" in admin.post(f"{AT}{done}/undo/", follow=True).content.decode()
    pk, answer = uploaded(admin, "customers", "code,name\nC,Cee\n")
    assert answer.url == f"{AT}{pk}/"  # the columns are known still


def test_lines_of_a_cell_stay_when_another_cell_is_mended(admin, tenant):
    pk = checked(admin, "customers", 'code,name,address\nA,,"1 Road\nLondon"\n')
    page = admin.get(f"{AT}{pk}/?edit=2").content.decode()
    assert '<textarea class="form-control form-control-sm" form="mend-2"' in page
    assert "\n1 Road\nLondon</textarea>" in page
    data = {"row": 2, "cell-name": "Acme", "cell-billing_address": "1 Road\r\nLondon"}
    admin.post(f"{AT}{pk}/mend/", data)
    with tenant_scope(tenant.pk):
        assert FileImportRow.objects.get().edits == {"name": "Acme"}
    written(admin, pk)
    with tenant_scope(tenant.pk):
        assert Customer.objects.get().addresses.get().text == "1 Road\nLondon"


def test_a_text_that_is_too_long_is_refused_and_not_cut(admin, tenant):
    pk = checked(admin, "customers", "code,name,note\nA,Acme,x\n")
    data = {"row": 2, "cell-note": "y" * 2_001}
    answer = admin.post(f"{AT}{pk}/mend/", data, follow=True)
    assert "longer than 2000 characters" in answer.content.decode()
    with tenant_scope(tenant.pk):
        assert FileImportRow.objects.get().edits == {}
