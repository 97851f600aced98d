"""The settings pages: each change checked, audited with before and after, refused in words."""

from datetime import date
from decimal import Decimal

import pytest

from core.colors import NotAColor, contrast_on_white
from core.companies import active_tenant
from core.models import AuditEntry, BankAccount, ExchangeRate, NumberFormat, NumberSeries, Tenant
from core.operations import RateRefused, set_rate, update_company
from core.tax_ids import BadTaxId, checked_tax_id
from core.tenancy import tenant_scope
from tests.conftest import NOON
from tests.opened import seen_at

pytestmark = pytest.mark.django_db
AT = "/t/acme/settings/"


@pytest.fixture
def admin(client, members):
    client.force_login(members["ADMIN"])
    return client


def entries(tenant, event):
    with tenant_scope(tenant.pk):
        return list(AuditEntry.objects.filter(event=event))


def profile(**changes):
    return {
        "name": "Acme",
        "country": "CN",
        "language": "en",
        "time_zone": "Asia/Shanghai",
        "tax_mode": "LINE",
        "brand_color": "#1a56db",
    } | changes


VALID_CODES = [
    "91350100M000100Y43",
    "9144030071526726XG",
    "914403001922038216",
    "91110000802100433B",
    "91330100799655058B",
]


@pytest.mark.parametrize("code", VALID_CODES)
def test_real_social_credit_codes_pass(code):
    assert checked_tax_id(f" {code.lower()} ", "CN") == code


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("91350100M000100Y4Z", "CN"),
        ("91350100M000100Y34", "CN"),
        ("9135010OM000100Y43", "CN"),
        ("DE136695978", "DE"),
        ("<script>", "US"),
        ("x", "US"),
    ],
)
def test_wrong_tax_ids_do_not(text, country):
    with pytest.raises(BadTaxId):
        checked_tax_id(text, country)


def test_other_tax_ids_pass_in_their_plain_form():
    assert checked_tax_id("DE 136 695 976", "DE") == "DE136695976"
    assert checked_tax_id("12-3456789", "US") == "12-3456789"
    assert checked_tax_id("27/815/08150", "DE") == "27/815/08150"
    assert checked_tax_id("", "CN") == ""


def test_contrast_is_that_of_wcag():
    assert contrast_on_white("#000000") == 21
    assert contrast_on_white("#ffffff") == 1
    assert contrast_on_white("#777777").quantize(Decimal("0.01")) == Decimal("4.48")
    for text in ("#FFF", "red", "#12345g", "url(x)"):
        with pytest.raises(NotAColor):
            contrast_on_white(text)


def test_the_profile_is_changed_and_audited(admin, tenant):
    url = AT + "company/"
    changed = profile(tax_id=VALID_CODES[0], phone="+86 21 1234")
    answer = admin.post(url, changed | seen_at(admin, url))
    assert answer.status_code == 302
    tenant.refresh_from_db()
    assert (tenant.tax_id, tenant.tax_mode) == (VALID_CODES[0], "LINE")
    (entry,) = entries(tenant, "company.changed")
    assert entry.changes["tax_id"] == ["", VALID_CODES[0]]
    assert entry.changes["tax_mode"] == ["DOCUMENT", "LINE"]
    assert entry.actor.email == "admin@acme.test"
    assert admin.post(url, changed | seen_at(admin, url)).status_code == 302
    assert len(entries(tenant, "company.changed")) == 1


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"tax_id": "91350100M000100Y4Z"}, "tax_id", "social credit code"),
        ({"brand_color": "#ffcc00"}, "brand_color", "contrast 1.5"),
        ({"brand_color": "red;}"}, "brand_color", "#1a56db"),
        ({"name": ""}, "name", "required"),
        ({"time_zone": "Mars/Base"}, "time_zone", "valid choice"),
        ({"country": "UK"}, "country", "valid choice"),
        ({"website": "javascript:alert(1)"}, "website", "valid URL"),
        ({"email": "nobody"}, "email", "valid email"),
    ],
)
def test_a_bad_profile_is_refused_at_the_field(admin, tenant, changes, field, said):
    answer = admin.post(AT + "company/", profile(name="Renamed") | changes)
    assert answer.status_code == 422
    assert said in str(answer.context["form"].errors[field])
    assert "Acme</span>" in answer.content.decode()  # the page's head keeps the old name
    tenant.refresh_from_db()
    assert tenant.name == "Acme"


def test_the_base_currency_cannot_be_changed(admin, tenant):
    url = AT + "company/"
    changed = profile(currency="EUR") | seen_at(admin, url)
    assert admin.post(url, changed).status_code == 302
    assert Tenant.objects.get(pk=tenant.pk).currency == "CNY"


def test_settings_say_what_is_missing_before_the_first_invoice(admin, tenant):
    assert len(admin.get(AT).context["missing"]) == 4
    Tenant.objects.filter(pk=tenant.pk).update(address="A", tax_id="T", email="a@b.test")
    with tenant_scope(tenant.pk):
        BankAccount.objects.create(currency="CNY", holder="A", bank="B", number="1")
    assert admin.get(AT).context["missing"] == []


ACCOUNT = {"holder": "Acme", "bank": "ICBC", "currency": "CNY", "number": "6222 0210", "code": ""}


def test_bank_accounts_are_added_changed_and_taken_out_of_use(admin, tenant):
    assert admin.post(AT + "bank-accounts/new/", ACCOUNT | {"is_active": "on"}).status_code == 302
    with tenant_scope(tenant.pk):
        account = BankAccount.objects.get()
        assert account.is_active
    url = AT + f"bank-accounts/{account.pk}/"
    admin.post(url, ACCOUNT | {"bank": "BOC"} | seen_at(admin, url))
    with tenant_scope(tenant.pk):
        account.refresh_from_db()
    assert (account.bank, account.is_active) == ("BOC", False)
    (entry,) = entries(tenant, "bank_account.changed")
    assert entry.changes == {"bank": ["ICBC", "BOC"], "is_active": [True, False]}
    again = admin.post(AT + "bank-accounts/new/", ACCOUNT)
    assert again.status_code == 422
    assert again.context["form"].errors["number"]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("DE89370400440532013000", "DE89 3704 0044 0532 0130 00"),
        ("de89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
        ("DE89370400440532013001", None),
        ("1001  2345", "1001 2345"),
    ],
)
def test_an_iban_is_checked(admin, tenant, number, kept):
    answer = admin.post(AT + "bank-accounts/new/", ACCOUNT | {"number": number})
    assert answer.status_code == (302 if kept else 422)
    with tenant_scope(tenant.pk):
        assert list(BankAccount.objects.values_list("number", flat=True)) == [kept] * bool(kept)


def test_number_patterns_are_checked_and_show_the_next_number(admin, tenant):
    with tenant_scope(tenant.pk):
        year = int(admin.get(AT + "numbers/").context["rows"][0][1].split("-")[1])
        NumberSeries.objects.create(kind="invoice", year=year, next_number=42)
    rows = admin.get(AT + "numbers/").context["rows"]
    assert [text for _field, text in rows] == [
        f"INV-{year}-00042",
        f"RC-{year}-00001",
        f"RM-{year}-00001",
    ]
    patterns = {
        "invoice": "A{year}/{number:03}",
        "receipt": "RC-{year}-{number:05}",
        "notice": "RM-{year}-{number:05}",
    }
    patterns |= seen_at(admin, AT + "numbers/")
    assert admin.post(AT + "numbers/", patterns).status_code == 302
    with tenant_scope(tenant.pk):
        assert dict(NumberFormat.objects.values_list("kind", "pattern")) == {
            "invoice": "A{year}/{number:03}"
        }
    (entry,) = entries(tenant, "numbers.changed")
    assert entry.changes == {"invoice": ["INV-{year}-{number:05}", "A{year}/{number:03}"]}
    bad = admin.post(AT + "numbers/", patterns | {"invoice": "INV-{number:05}"})
    assert bad.status_code == 422
    assert "INV-{number:05}" in bad.content.decode()


def test_rates_are_added_replaced_and_listed(admin, tenant):
    values = {"currency": "EUR", "day": "2026-01-01", "rate": "7.812345678"}
    assert admin.post(AT + "rates/new/", values).status_code == 302
    assert admin.post(AT + "rates/new/", values | {"rate": "7.9"}).status_code == 302
    with tenant_scope(tenant.pk):
        assert ExchangeRate.objects.get().rate == Decimal("7.9")
    (entry,) = entries(tenant, "rate.changed")
    assert [Decimal(part) for part in entry.changes["rate"]] == [
        Decimal("7.812345678"),
        Decimal("7.9"),
    ]
    assert "7.9" in admin.get(AT + "rates/").content.decode()
    for change in ({"rate": "0"}, {"rate": "NaN"}, {"currency": "CNY"}, {"day": "2200-01-01"}):
        assert admin.post(AT + "rates/new/", values | change).status_code == 422


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_above_zero(in_tenant, rate):
    with pytest.raises(RateRefused):
        set_rate(
            tenant=in_tenant,
            currency="EUR",
            day=date(2026, 1, 1),
            rate=Decimal(rate),
            at=NOON,
            actor=None,
        )


PAGES = [
    AT,
    AT + "bank-accounts/",
    AT + "rates/",
    AT + "history/",
    AT + "periods/",
    "/t/acme/settings/terms/",
    "/t/acme/settings/taxes/",
]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("role", ["MANAGER", "AUDITOR"])
def test_managers_and_auditors_read_and_are_offered_no_change(client, members, address, role):
    client.force_login(members[role])
    answer = client.get(address)
    assert answer.status_code == 200
    assert "/new/" not in answer.content.decode().split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("address", PAGES)
def test_others_do_not(client, members, address):
    client.force_login(members["BILLER"])
    assert client.get(address).status_code == 403


def test_the_history_is_found_by_person_event_day_and_object(admin, tenant, members):
    with tenant_scope(tenant.pk):
        for number, (event, actor, day) in enumerate(
            [("company.changed", "ADMIN", 1), ("rate.added", "MANAGER", 2), ("rate.added", None, 3)]
        ):
            AuditEntry.objects.create(
                event=event,
                subject=f"core.thing:{number}",
                subject_label=f"Thing {number}",
                actor=members[actor] if actor else None,
                happened_at=NOON.replace(day=day),
                changes={"name": ["a<b", "c"]},
            )
    url = AT + "history/"

    def found(**filters):
        content = admin.get(url, filters).content.decode()
        return [n for n in range(3) if f"Thing {n}" in content]

    assert found() == [0, 1, 2]
    assert found(actor=members["MANAGER"].pk) == [1]
    assert found(event="rate.added") == [1, 2]
    assert found(day_after="2026-03-02", day_before="2026-03-02") == [1]
    assert found(subject="core.thing:2") == [2]
    assert found(q="thing 0") == [0]
    assert found(q="nothing") == []
    page = admin.get(url).content.decode()
    assert "Exchange rate added" in page
    assert "<del>a&lt;b</del>" in page
    rows = b"".join(admin.get(url, {"export": "csv"}).streaming_content).decode()
    assert "a<b → c" in rows
    assert rows.count("\r\n") == 5  # the head, the three, and that they were exported


def test_a_scope_sees_its_own_change_of_the_company(in_tenant):
    before = active_tenant().name
    update_company(tenant=in_tenant, values={"name": "Anew"}, at=NOON, actor=None)
    assert (before, active_tenant().name) == ("Acme", "Anew")
