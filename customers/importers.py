"""Importing customers from a file: new ones are added, those that are there are never changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from core.imports import Column, Parsed, Report, Row, RowError, register
from core.models import User
from core.money import q
from customers.enums import AddressKind, Channel, ContactRole, CustomerKind, PaymentMethod
from customers.models import Customer, PaymentTerm
from customers.operations import ContactDraft, CustomerDraft, CustomerRefused, NewCustomer
from customers.operations.create import create_customers
from customers.operations.values import FIELDS, Defaults, checked

COLUMNS = (
    Column(
        "code",
        (
            "customer code",
            "customer no",
            "customer number",
            "客户编号",
            "客户编码",
            "客户代码",
            "编号",
        ),
    ),
    Column(
        "name",
        (
            "customer",
            "customer name",
            "company",
            "legal name",
            "客户名称",
            "客户",
            "名称",
            "公司名称",
        ),
        required=True,
    ),
    Column("short_name", ("alias", "简称", "客户简称")),
    Column("kind", ("type", "customer type", "类型", "客户类型")),
    Column(
        "tax_id", ("vat id", "vat number", "tax number", "统一社会信用代码", "税号", "纳税人识别号")
    ),
    Column("country", ("country code", "国家", "国家代码")),
    Column("language", ("document language", "语言", "单据语言")),
    Column("currency", ("币种", "货币")),
    Column("terms", ("payment terms", "付款条件", "账期", "付款条款")),
    Column("credit_limit", ("limit", "信用额度")),
    Column("payment_method", ("method", "付款方式", "支付方式")),
    Column("channel", ("delivery", "送达方式", "发送方式")),
    Column("po_required", ("purchase order required", "需要采购订单号")),
    Column("note", ("remark", "notes", "comment", "备注")),
    Column("external_key", ("external id", "foreign key", "外部编号", "外部键")),
    Column("contact_name", ("contact", "contact person", "联系人")),
    Column("contact_email", ("email", "e-mail", "mail", "邮箱", "电子邮箱", "联系人邮箱")),
    Column("contact_phone", ("phone", "telephone", "mobile", "电话", "手机", "联系电话")),
    Column("contact_roles", ("roles", "联系人角色")),
    Column("billing_address", ("address", "地址", "账单地址")),
    Column("registered_address", ("注册地址",)),
)
KINDS: dict[str, tuple[str, ...]] = {
    CustomerKind.COMPANY: ("company", "企业", "公司", "单位"),
    CustomerKind.PERSON: ("person", "individual", "个人"),
}
METHODS: dict[str, tuple[str, ...]] = {
    PaymentMethod.TRANSFER: ("bank transfer", "wire", "银行转账", "转账", "电汇"),
    PaymentMethod.CASH: ("现金",),
    PaymentMethod.CHEQUE: ("check", "支票"),
    PaymentMethod.ACCEPTANCE: ("acceptance bill", "承兑汇票", "承兑"),
    PaymentMethod.CARD: ("card", "刷卡"),
    PaymentMethod.OTHER: ("其他",),
}
CHANNELS: dict[str, tuple[str, ...]] = {
    Channel.EMAIL: ("e-mail", "mail", "邮件", "电子邮件"),
    Channel.PRINT: ("post", "paper", "邮寄", "打印", "纸质"),
}
ROLES: dict[str, tuple[str, ...]] = {
    ContactRole.BILLING: ("invoices", "invoice", "账单"),
    ContactRole.PAYER: ("reminders", "payment", "付款", "付款提醒"),
    ContactRole.SIGNATORY: ("statements", "对账", "对账单"),
    ContactRole.DECISION: ("decisions", "决策"),
    ContactRole.LEGAL: ("法务", "法律"),
}
LANGUAGES = {
    "en": ("english", "英文", "英语"),
    "zh-hans": ("zh", "zh-cn", "chinese", "中文", "简体中文"),
}
_ADDRESSES: dict[str, str] = {
    "billing_address": AddressKind.BILLING,
    "registered_address": AddressKind.REGISTERED,
}

NAME_LENGTH = 120  # of a contact


@dataclass(frozen=True, slots=True)
class ImportedCustomer:
    """What one row says: ``given`` are the columns it says something in, ``terms`` a name."""

    new: NewCustomer
    terms: str
    given: frozenset[str]


class CustomerImporter:
    """Rows are told apart by code, those without a code by their external key."""

    kind = "customers"
    columns: Sequence[Column] = COLUMNS

    def parse(self, row: Row) -> ImportedCustomer:
        """Return the row as a customer to be; see ``core.imports.Importer``."""
        draft = CustomerDraft(
            name=row.text("name", limit=200, required=True),
            code=row.text("code", limit=32),
            short_name=row.text("short_name", limit=60),
            kind=row.choice("kind", KINDS, CustomerKind.COMPANY),
            tax_id=row.text("tax_id", limit=32),
            country=row.text("country", limit=2).upper(),
            language=row.choice("language", LANGUAGES, ""),
            currency=row.currency("currency", "") if row.text("currency", limit=3) else "",
            payment_method=row.choice("payment_method", METHODS, PaymentMethod.TRANSFER),
            credit_limit=row.optional_amount("credit_limit", ""),
            channel=row.choice("channel", CHANNELS, Channel.EMAIL),
            po_required=row.flag("po_required"),
            note=row.text("note", limit=2000),
            external_key=row.text("external_key", limit=80),
        )
        if not draft.code and not draft.external_key:
            raise row.error("code", _("is empty, and there is no external key to know it again by"))
        addresses = {
            kind: text
            for column, kind in _ADDRESSES.items()
            if (text := row.text(column, limit=500))
        }
        given = frozenset(column.name for column in COLUMNS if row.text(column.name, limit=10_000))
        terms = row.text("terms", limit=80)
        return ImportedCustomer(NewCustomer(draft, _contacts(row), addresses), terms, given)

    def write(
        self, records: Sequence[Parsed], *, at: datetime, actor: User | None, dry_run: bool
    ) -> Report:
        """Add the customers that are not there; see ``core.imports.Importer``."""
        report = Report()
        terms = {term.name: term for term in PaymentTerm.objects.filter(is_active=True)}
        existing = _Existing(records)
        defaults = Defaults()
        seen: dict[str, Row] = {}
        news = []
        for parsed in records:
            row, record = parsed.row, parsed.record
            try:
                if record.terms and record.terms not in terms:
                    raise row.error("terms", _("is no payment term of the company"))
                draft = replace(record.new.draft, terms=terms.get(record.terms))
                _refuse_twins(row, draft, seen)
                values = _checked(row, defaults.filled(draft))
                if customer := existing.find(row, draft):
                    _refuse_differences(row, record, values, customer)
                    report.same += 1
                else:
                    news.append(replace(record.new, draft=draft))
            except RowError as error:
                report.errors.append(error)
        create_customers(news, at=at, actor=actor)
        report.new = len(news)
        return report


class _Existing:
    """The customers a file speaks of that are there: three queries, whatever its length."""

    def __init__(self, records: Iterable[Parsed]) -> None:
        drafts = [parsed.record.new.draft for parsed in records]
        rows = (
            Customer.objects.filter(
                Q(code__in={draft.code for draft in drafts if draft.code})
                | Q(external_key__in={d.external_key for d in drafts if d.external_key})
            )
            .select_related("terms")
            .prefetch_related("contacts", "addresses")
        )
        self._by_code = {row.code: row for row in rows}
        self._by_key = {row.external_key: row for row in rows if row.external_key}

    def find(self, row: Row, draft: CustomerDraft) -> Customer | None:
        by_code = self._by_code.get(draft.code) if draft.code else None
        by_key = self._by_key.get(draft.external_key) if draft.external_key else None
        if draft.code and by_key and by_key != by_code:
            raise row.error(
                "external_key", _("belongs to customer %(code)s") % {"code": by_key.code}
            )
        return by_code or by_key


def _contacts(row: Row) -> tuple[ContactDraft, ...]:
    name = row.text("contact_name", limit=120)
    email = row.text("contact_email", limit=254)
    phone = row.text("contact_phone", limit=40)
    if not name and not email and not phone:
        return ()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise row.error("contact_email", _("is no e-mail address")) from None
    roles = tuple(
        replace(row, cells={"contact_roles": word}).choice("contact_roles", ROLES, "")
        for word in re.split(r"[;,|/、，；]\s*", row.text("contact_roles", limit=200))
        if word
    )
    called = (name or email or phone)[:NAME_LENGTH]
    return (ContactDraft(called, email, phone, roles or (ContactRole.BILLING,)),)


def _refuse_twins(row: Row, draft: CustomerDraft, seen: dict[str, Row]) -> None:
    for column, value in (("code", draft.code), ("external_key", draft.external_key)):
        earlier = seen.setdefault(f"{column}:{value}", row) if value else row
        if earlier is not row:
            raise row.error(column, _("stands in row %(row)s already") % {"row": earlier.number})


def _checked(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return checked(values)
    except CustomerRefused as refused:
        raise row.error(refused.field, str(refused.message)) from refused


def _refuse_differences(
    row: Row, record: ImportedCustomer, values: Mapping[str, Any], customer: Customer
) -> None:
    """Refuse a row that says other than what is there: an import adds, and changes nothing."""
    message = _("differs from customer %(code)s, who is there already; an import changes nothing")
    for name in FIELDS:
        stored = getattr(customer, name)
        if name == "credit_limit" and stored is not None:
            stored = q(stored, customer.currency)
        if name in record.given and values[name] != stored:
            raise row.error(name, message % {"code": customer.code})
    known = {(contact.email or contact.name).casefold() for contact in customer.contacts.all()}
    for contact in record.new.contacts:
        if (contact.email or contact.name).casefold() not in known:
            raise row.error("contact_email", message % {"code": customer.code})
    texts = {address.kind: address.text for address in customer.addresses.all()}
    for column, kind in _ADDRESSES.items():
        if column in record.given and record.new.addresses[kind] != texts.get(kind, ""):
            raise row.error(column, message % {"code": customer.code})


register(CustomerImporter())
