"""What a key may be allowed to do, and which right of its person each of it needs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    CUSTOMERS_READ = "customers:read", _("Read customers and contacts")
    CUSTOMERS_WRITE = "customers:write", _("Create and change customers and contacts")
    INVOICES_READ = "invoices:read", _("Read invoices, documents, products and charges")
    INVOICES_WRITE = "invoices:write", _("Write drafts, products and charges; submit for review")
    INVOICES_APPROVE = "invoices:approve", _("Approve, return and void invoices of others")
    INVOICES_ISSUE = "invoices:issue", _("Issue approved invoices")
    INVOICES_SEND = "invoices:send", _("Send invoices")
    PAYMENTS_READ = "payments:read", _("Read receipts, allocations and open items")
    PAYMENTS_WRITE = "payments:write", _("Record receipts, allocate, undo and reverse")
    REPORTS_READ = "reports:read", _("Read the aging")
    JOBS_READ = "jobs:read", _("Read background jobs")
    JOBS_WRITE = "jobs:write", _("Start, retry and cancel jobs that its other scopes allow")
    IMPORTS_USE = "imports:use", _("Import files of what its other scopes let it write")


# A key may do what its scopes say and its person's roles allow today: both, not either.
PERMISSION_OF: dict[str, str] = {
    Scope.CUSTOMERS_READ: "customers.view",
    Scope.CUSTOMERS_WRITE: "customers.edit",
    Scope.INVOICES_READ: "invoices.view",
    Scope.INVOICES_WRITE: "invoices.edit",
    Scope.INVOICES_APPROVE: "invoices.approve",
    Scope.INVOICES_ISSUE: "invoices.issue",
    Scope.INVOICES_SEND: "invoices.send",
    Scope.PAYMENTS_READ: "payments.view",
    Scope.PAYMENTS_WRITE: "payments.edit",
    Scope.REPORTS_READ: "reports.view",
    Scope.JOBS_READ: "jobs.view",
    Scope.JOBS_WRITE: "jobs.view",
    Scope.IMPORTS_USE: "imports.use",
}
