from django.urls import URLPattern, path

from core.pages.timeline import timeline_urls
from payments.views import detail, listing, receive

app_name = "payments"
urlpatterns: list[URLPattern] = [
    path("", listing.receipt_list, name="list"),
    path("new/", receive.receipt_new, name="new"),
    path("by-item/<int:item_id>/", detail.receipt_by_item, name="by_item"),
    path("allocations/<int:pk>/undo/", detail.allocation_undo, name="undo"),
    path("<int:pk>/", detail.receipt_detail, name="detail"),
    *timeline_urls("payments.view", detail.find_receipt),
    path("<int:pk>/allocate/", detail.receipt_allocate, name="allocate"),
    path("<int:pk>/reverse/", detail.receipt_reverse, name="reverse"),
]
