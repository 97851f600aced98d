from django.urls import URLPattern, path

from portal.views import bill

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("v/<uuid:public_id>/", bill.bill, name="bill"),
    path("v/<uuid:public_id>/pdf/", bill.document, name="pdf"),
    path("v/<uuid:public_id>/opened/", bill.opened, name="opened"),
    path("<str:token>/", bill.enter, name="enter"),
]
