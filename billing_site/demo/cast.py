"""Setting the stage: the company, its people, products, customers and schedules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from billing_site.demo.data import PASSWORD, PEOPLE, DemoCompany
from core.models import BankAccount, Membership, Tenant, User
from core.operations import add_person, create_company, save_bank_account, set_rate, update_company
from core.roles import Role
from core.tenancy import tenant_scope
from customers.models import Customer, PaymentTerm
from customers.operations import create_customer
from customers.operations.values import ContactDraft, CustomerDraft
from invoices import operations as bills
from invoices.enums import Frequency, ScheduleTiming
from invoices.models import Product, TaxCode

WORKER = "worker-1"  # who sent the mails of the year


@dataclass
class Cast:
    """Everybody and everything that plays a part."""

    tenant: Tenant
    people: dict[str, User]
    products: list[Product]
    customers: list[Customer]
    banks: dict[str, BankAccount]
    rates: dict[str, Decimal]
    days_late: dict[int, int]

    @property
    def biller(self) -> User:
        return self.people[Role.BILLER]

    @property
    def approver(self) -> User:
        return self.people[Role.APPROVER]

    @property
    def cashier(self) -> User:
        return self.people[Role.CASHIER]


def set_the_stage(company: DemoCompany, at: datetime) -> Cast:
    """Make the company and everything that stands before the first bill."""
    people = _people(at)
    tenant = create_company(
        slug=company.slug,
        name=company.name,
        currency=company.currency,
        country=company.country,
        language=company.language,
        at=at,
        actor=people[Role.ADMIN],
        admin=people[Role.ADMIN],
    )
    admin = people[Role.ADMIN]
    with tenant_scope(tenant.pk):
        for role, person in people.items():
            if role != Role.ADMIN:
                _join(tenant, person, role, at, admin)
        profile = {
            "name": tenant.name,
            "language": tenant.language,
            "tax_mode": tenant.tax_mode,
            **company.profile,
        }
        update_company(tenant=tenant, values=profile, at=at, actor=admin)
        for currency, rate in company.rates.items():
            set_rate(
                tenant=tenant,
                currency=currency,
                day=tenant.day_of(at),
                rate=Decimal(rate),
                at=at,
                actor=admin,
            )
        banks = {
            bank["currency"]: save_bank_account(
                account=None, values={**bank, "is_active": True}, at=at, actor=admin
            )
            for bank in company.banks
        }
        products = add_products(company, at, admin)
        customers = add_customers(company, at, people[Role.BILLER])
        cast = Cast(
            tenant=tenant,
            people=people,
            products=products,
            customers=customers,
            banks=banks,
            rates={code: Decimal(rate) for code, rate in company.rates.items()},
            days_late={
                customer.pk: demo.days_late
                for customer, demo in zip(customers, company.customers, strict=True)
            },
        )
        _schedules(cast, at)
    return cast


def _people(at: datetime) -> dict[str, User]:
    people = {}
    for email, name, language, role in PEOPLE:
        person = User.objects.filter(email=email).first() or User.objects.create_user(
            email, PASSWORD, name=name, language=language, date_joined=at
        )
        people[role.value] = person
    return people


def _join(tenant: Tenant, person: User, role: str, at: datetime, admin: User) -> None:
    if not Membership.objects.filter(tenant=tenant, user=person).exists():
        add_person(tenant=tenant, email=person.email, roles=[role], at=at, actor=admin)


def add_products(company: DemoCompany, at: datetime, admin: User) -> list[Product]:
    products = []
    for demo in company.products:
        code = TaxCode.objects.filter(rate=demo.rate, is_active=True).order_by("pk").first()
        if code is None:
            raise LookupError(f"No tax code of {demo.rate} for {company.slug}.")
        values = {
            "code": demo.code,
            "name": demo.name,
            "description": "",
            "unit": demo.unit,
            "unit_price": demo.price,
            "currency": company.currency,
            "tax_code_id": code.pk,
        }
        products.append(bills.save_product(product=None, values=values, at=at, actor=admin))
    return products


def add_customers(company: DemoCompany, at: datetime, actor: User) -> list[Customer]:
    terms = list(PaymentTerm.objects.filter(is_active=True).order_by("-is_default", "pk"))
    customers = []
    for number, demo in enumerate(company.customers):
        draft = CustomerDraft(
            name=demo.name,
            short_name=demo.short_name,
            tax_id=demo.tax_id,
            country=demo.country,
            language=demo.language,
            currency=demo.currency,
            terms=terms[0] if number % 4 else terms[number // 4 % len(terms)],
            credit_limit=Decimal(demo.credit_limit) if demo.credit_limit else None,
            po_required=demo.po_required,
        )
        contacts = [ContactDraft(demo.contact, demo.email, "", ("BILLING", "PAYER"))]
        customers.append(
            create_customer(
                draft=draft,
                contacts=contacts,
                addresses={"REGISTERED": demo.address},
                at=at + timedelta(minutes=number),
                actor=actor,
            )
        )
    return customers


def _schedules(cast: Cast, at: datetime) -> None:
    """Agree on recurring bills with the first customers, each in another rhythm."""
    rhythms = [
        (Frequency.MONTHLY, ScheduleTiming.ADVANCE, 1),
        (Frequency.MONTHLY, ScheduleTiming.ARREARS, 31),
        (Frequency.QUARTERLY, ScheduleTiming.ADVANCE, 15),
        (Frequency.MONTHLY, ScheduleTiming.ADVANCE, 10),
    ]
    start = cast.tenant.day_of(at).replace(day=1)
    own = [c for c in cast.customers if c.currency == cast.tenant.currency]
    for customer, (frequency, timing, anchor) in zip(own, rhythms, strict=False):
        product = cast.products[customer.pk % 2]
        draft = bills.ScheduleDraft(
            customer_id=customer.pk,
            name=f"{customer.short_name} · {product.name}",
            frequency=frequency,
            timing=timing,
            start_date=start.replace(day=min(anchor, 28)),
            anchor_day=anchor,
            currency=customer.currency,
            po_number="PO-2024-118" if customer.po_required else "",
            reference="HT-2024-118",
        )
        line = bills.ScheduleLineDraft(
            description=f"{product.name} {{period}}",
            quantity=Decimal(3 + customer.pk % 5),
            unit=product.unit,
            unit_price=product.unit_price,
            tax_code_id=product.tax_code_id,
            product_id=product.pk,
        )
        bills.save_schedule(schedule=None, draft=draft, lines=[line], at=at, actor=cast.biller)
