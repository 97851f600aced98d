"""The columns of a file of customers, and the words their fixed values may be written as."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.imports import YES_NO, Column, Holds
from customers.enums import AddressKind, Channel, ContactRole, CustomerKind, PaymentMethod

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
ADDRESSES: dict[str, str] = {
    "billing_address": AddressKind.BILLING,
    "registered_address": AddressKind.REGISTERED,
}
CODE_SYNONYMS = (
    "customer code",
    "customer no",
    "customer number",
    "客户编号",
    "客户编码",
    "客户代码",
    "编号",
)

COLUMNS = (
    Column(
        "code",
        CODE_SYNONYMS,
        example=("C-1001", "C-1001"),
        note=_("What you call the customer by; the row is known again by it."),
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
        example=("Example Trading Ltd", "示例贸易有限公司"),
    ),
    Column("short_name", ("alias", "简称", "客户简称"), example=("Example", "示例贸易")),
    Column(
        "kind",
        ("type", "customer type", "类型", "客户类型"),
        words=KINDS,
        example=(CustomerKind.COMPANY, CustomerKind.COMPANY),
    ),
    Column(
        "tax_id",
        ("vat id", "vat number", "tax number", "统一社会信用代码", "税号", "纳税人识别号"),
        note=_("Checked by the rules of the country."),
    ),
    Column(
        "country",
        ("country code", "国家", "国家代码"),
        example=("GB", "CN"),
        note=_("Two letters, such as CN or GB."),
    ),
    Column(
        "language",
        ("document language", "语言", "单据语言"),
        words=LANGUAGES,
        example=("en", "zh-hans"),
        note=_("Of the documents; empty: the company's own."),
    ),
    Column("currency", ("币种", "货币"), holds=Holds.CURRENCY, example=("GBP", "CNY")),
    Column(
        "terms",
        ("payment terms", "付款条件", "账期", "付款条款"),
        english="Payment terms",
        note=_("The name of one of your payment terms; empty: the usual ones."),
    ),
    Column(
        "credit_limit",
        ("limit", "信用额度"),
        holds=Holds.AMOUNT,
        example=("50000.00", "50000.00"),
        note=_("In the customer's currency; empty: no limit."),
    ),
    Column(
        "payment_method",
        ("method", "付款方式", "支付方式"),
        words=METHODS,
        example=(PaymentMethod.TRANSFER, PaymentMethod.TRANSFER),
    ),
    Column(
        "channel",
        ("delivery", "送达方式", "发送方式"),
        english="Delivery",
        words=CHANNELS,
        example=(Channel.EMAIL, Channel.EMAIL),
        note=_("How invoices go out."),
    ),
    Column(
        "po_required",
        ("purchase order required", "需要采购订单号"),
        english="Purchase order required",
        words=YES_NO,
        example=("no", "no"),
    ),
    Column(
        "owner",
        ("owner e-mail", "owner email", "负责人邮箱", "客户经理邮箱"),
        english="Owner e-mail",
        note=_("Whoever looks after the customer: their e-mail address here, or their name."),
    ),
    Column("note", ("remark", "notes", "comment", "备注"), note=_("Seen by your staff only.")),
    Column(
        "external_key",
        ("external id", "foreign key", "外部编号", "外部键"),
        note=_("Its id in the system it comes from; enough where there is no code."),
    ),
    Column(
        "contact_name",
        ("contact", "contact person", "联系人"),
        example=("Jane Smith", "李娜"),
    ),
    Column(
        "contact_email",
        ("email", "e-mail", "mail", "邮箱", "电子邮箱", "联系人邮箱"),
        english="Contact e-mail",
        example=("jane.smith@example.com", "lina@example.com"),
        note=_("Invoices are sent to it."),
    ),
    Column(
        "contact_phone",
        ("phone", "telephone", "mobile", "电话", "手机", "联系电话"),
        example=("+44 20 7946 0000", "021-55550000"),
    ),
    Column(
        "contact_roles",
        ("roles", "联系人角色"),
        example=("invoices, reminders", "账单、付款提醒"),
        note=_("What the contact receives: invoices, reminders, statements, decisions, legal."),
    ),
    Column(
        "billing_address",
        ("address", "地址", "账单地址"),
        example=("1 Example Street, London", "上海市示例路1号"),
    ),
    Column("registered_address", ("注册地址",)),
)
