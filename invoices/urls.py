from django.urls import URLPattern, path

from core.pages.timeline import timeline_urls
from invoices.document_urls import document_pages
from invoices.editor_urls import editor_pages
from invoices.views import charges, detail, lists, products, review, schedules

app_name = "invoices"
urlpatterns: list[URLPattern] = [
    path("", lists.invoice_list, name="list"),
    path("submit/", lists.submit_many, name="submit_many"),
    path("approve/", lists.approve_many, name="approve_many"),
    path("issue/", lists.issue_ticked, name="issue_many"),
    path("by-item/<int:item_id>/", detail.invoice_by_item, name="by_item"),
    path("review/", review.review_queue, name="review"),
    path("review/approve/", review.review_approve_clean, name="review_approve_clean"),
    path("review/<int:pk>/", review.review_decide, name="review_decide"),
    path("<int:pk>/", detail.invoice_detail, name="detail"),
    *timeline_urls("invoices.view", detail.find_invoice),
    path("<int:pk>/submit/", detail.invoice_submit, name="submit"),
    path("<int:pk>/withdraw/", detail.invoice_withdraw, name="withdraw"),
    path("<int:pk>/approve/", detail.invoice_approve, name="approve"),
    path("<int:pk>/return/", detail.invoice_return, name="return"),
    path("<int:pk>/reconsider/", detail.invoice_reconsider, name="reconsider"),
    path("<int:pk>/issue/", detail.invoice_issue, name="issue"),
    path("<int:pk>/void/", detail.invoice_void, name="void"),
    path("products/", products.product_list, name="products"),
    path("products/new/", products.product_new, name="product_new"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/switch/", products.product_switch, name="product_switch"),
    path("charges/", charges.charge_list, name="charges"),
    path("charges/new/", charges.charge_new, name="charge_new"),
    path("charges/bill/", charges.charges_bill, name="charges_bill"),
    path("charges/<int:pk>/", charges.charge, name="charge"),
    path("charges/<int:pk>/delete/", charges.charge_delete, name="charge_delete"),
    path("schedules/", schedules.schedule_list, name="schedules"),
    path("schedules/new/", schedules.schedule_new, name="schedule_new"),
    path("schedules/<int:pk>/", schedules.schedule_detail, name="schedule"),
    path("schedules/<int:pk>/edit/", schedules.schedule_edit, name="schedule_edit"),
    path("schedules/<int:pk>/state/", schedules.schedule_state, name="schedule_state"),
    path("schedules/<int:pk>/skip/", schedules.schedule_skip, name="schedule_skip"),
    *editor_pages,
    *document_pages,
]
