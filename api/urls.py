from django.urls import URLPattern, path

from api.views import catalogue, customers, invoices, missing, money, reports, schema, transitions

app_name = "api"
resources: list[URLPattern] = [
    path("key/", reports.Key.as_view(), name="key"),
    path("customers/", customers.Customers.as_view(), name="customers"),
    path("customers/<str:id>/", customers.CustomerDetail.as_view(), name="customer"),
    path(
        "customers/<str:id>/contacts/",
        customers.CustomerContacts.as_view(),
        name="customer_contacts",
    ),
    path("contacts/", customers.Contacts.as_view(), name="contacts"),
    path("contacts/<str:id>/", customers.ContactDetail.as_view(), name="contact"),
    path("payment-terms/", customers.Terms.as_view(), name="terms"),
    path("products/", catalogue.Products.as_view(), name="products"),
    path("products/<str:id>/", catalogue.ProductDetail.as_view(), name="product"),
    path("tax-codes/", catalogue.TaxCodes.as_view(), name="tax_codes"),
    path("charges/", catalogue.Charges.as_view(), name="charges"),
    path("charges/<str:id>/", catalogue.ChargeDetail.as_view(), name="charge"),
    path("invoices/", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<str:id>/", invoices.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<str:id>/document/", invoices.InvoiceDocument.as_view(), name="document"),
    path(
        "invoices/<str:id>/deliveries/",
        invoices.InvoiceDeliveries.as_view(),
        name="invoice_deliveries",
    ),
    path("invoices/<str:id>/submit/", transitions.Submit.as_view(), name="submit"),
    path("invoices/<str:id>/withdraw/", transitions.Withdraw.as_view(), name="withdraw"),
    path("invoices/<str:id>/approve/", transitions.Approve.as_view(), name="approve"),
    path("invoices/<str:id>/return/", transitions.Return.as_view(), name="return"),
    path("invoices/<str:id>/issue/", transitions.Issue.as_view(), name="issue"),
    path("invoices/<str:id>/void/", transitions.Void.as_view(), name="void"),
    path("invoices/<str:id>/send/", transitions.Send.as_view(), name="send"),
    path("receipts/", money.Receipts.as_view(), name="receipts"),
    path("receipts/<str:id>/", money.ReceiptDetail.as_view(), name="receipt"),
    path("receipts/<str:id>/reverse/", money.ReverseReceipt.as_view(), name="reverse"),
    path("allocations/", money.Allocations.as_view(), name="allocations"),
    path("allocations/<str:id>/", money.AllocationDetail.as_view(), name="allocation"),
    path("allocations/<str:id>/undo/", money.UndoAllocation.as_view(), name="undo"),
    path("open-items/", money.OpenItems.as_view(), name="open_items"),
    path("open-items/<str:id>/", money.OpenItemDetail.as_view(), name="open_item"),
    path("bank-accounts/", money.BankAccounts.as_view(), name="bank_accounts"),
    path("aging/", reports.Aging.as_view(), name="aging"),
    path("jobs/", reports.Jobs.as_view(), name="jobs"),
    path("jobs/<str:id>/", reports.JobDetail.as_view(), name="job"),
    path("jobs/<str:id>/rows/", reports.JobRows.as_view(), name="job_rows"),
]
urlpatterns: list[URLPattern] = [
    path("schema/", schema.schema, name="schema"),
    path("docs/", schema.docs, name="docs"),
    *resources,
    path("", missing.missing, name="root"),
    path("<path:rest>", missing.missing, name="missing"),
]
