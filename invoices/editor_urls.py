"""The addresses of the bill editor, and of what its script asks."""

from django.urls import path

from invoices.views import choices, editor, keeping

editor_pages = [
    path("new/", editor.invoice_new, name="new"),
    path("new/drop/", keeping.typed_drop, name="typed_drop"),
    path("totals/", keeping.invoice_totals, name="totals"),
    path("keep/", keeping.invoice_keep, name="keep"),
    path("choices/products/", choices.product_choices, name="product_choices"),
    path("choices/customers/", choices.customer_choices, name="customer_choices"),
    path("choices/customer/", choices.customer_facts, name="customer_facts"),
    path("pasted/", choices.lines_pasted, name="pasted"),
    path("<int:pk>/edit/", editor.invoice_edit, name="edit"),
    path("<int:pk>/preview/", keeping.invoice_preview, name="preview"),
    path("<int:pk>/duplicate/", editor.invoice_duplicate, name="duplicate"),
    path("<int:pk>/delete/", editor.invoice_delete, name="delete"),
]
