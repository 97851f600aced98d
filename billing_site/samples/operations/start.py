"""Making a sample company: the tenant at once, its business by a job with progress."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing_site.demo.data import COMPANIES, DemoCompany
from billing_site.samples.fill import FILL_SAMPLE, MONTHS
from core import jobs
from core.models import Job, Membership, Tenant, User
from core.operations import create_company
from core.roles import Role
from core.tenancy import tenant_scope

AGE = timedelta(days=31 * (MONTHS + 1))


@dataclass(frozen=True, slots=True)
class Sample:
    """A person's sample company, and the job that fills it; None for one that was there."""

    tenant: Tenant
    job: Job | None


def sample_of(person: User) -> Tenant | None:
    """Return the sample company the person has, if any."""
    return Tenant.objects.filter(
        is_sample=True, memberships__user=person, memberships__is_active=True
    ).first()


def pattern_of(tenant: Tenant) -> DemoCompany:
    """Return whose invented business the sample lives."""
    return next(one for one in COMPANIES if one.language == tenant.language)


@transaction.atomic
def start_sample(*, person: User, at: datetime) -> Sample:
    """
    Make the person a sample company in their language, to be filled by a worker.

    Somebody who has one gets that: one a person. A colleague who never signs in writes its bills,
    so that the person can approve them.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if existing := sample_of(person):
        return Sample(existing, None)
    language = "zh-hans" if person.language == "zh-hans" else "en"
    pattern = next(one for one in COMPANIES if one.language == language)
    slug = f"sample-{secrets.token_hex(4)}"
    colleague = User.objects.create_user(
        f"colleague@{slug}.invalid",
        name="李娜" if language == "zh-hans" else "Lena Lind",
        language=language,
        date_joined=at,
    )
    with override(language):
        name = _("Sample: %(company)s") % {"company": pattern.name}
        title = _("Fill the sample company")
        steps = [_("Company, products and customers")]
        steps += [_("Month %(number)s") % {"number": number + 1} for number in range(MONTHS)]
        steps.append(_("What lies on the desk today"))
    tenant = create_company(
        slug=slug,
        name=name,
        currency=pattern.currency,
        country=pattern.country,
        language=language,
        at=at - AGE,
        actor=person,
        admin=person,
        is_sample=True,
    )
    Membership.objects.create(tenant=tenant, user=colleague, roles=[Role.BILLER, Role.CASHIER])
    with tenant_scope(tenant.pk):
        job = jobs.start(
            kind=FILL_SAMPLE,
            title=title,
            rows=list(enumerate(steps)),
            at=at,
            actor=person,
        )
    return Sample(tenant, job)
