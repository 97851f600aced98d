from django.urls import include, path

from core.pages.timeline import timeline_urls
from customers.views import detail, editing, listing, owner, status

app_name = "customers"
urlpatterns = [
    path("", listing.customer_list, name="list"),
    path("search/", listing.customer_search, name="search"),
    path("assign/", owner.assign_many, name="assign_many"),
    path("new/", editing.customer_new, name="new"),
    path("<int:pk>/", detail.customer_detail, name="detail"),
    *timeline_urls("customers.view", detail.find_customer),
    path("<int:pk>/edit/", editing.customer_edit, name="edit"),
    path("<int:pk>/owner/", owner.assign, name="assign"),
    path("<int:pk>/hold/", status.hold, name="hold"),
    path("<int:pk>/release/", status.release, name="release"),
    path("<int:pk>/archive/", status.archive, name="archive"),
    path("<int:pk>/unarchive/", status.unarchive, name="unarchive"),
    path("<int:pk>/pause/", status.pause, name="pause"),
    path("<int:pk>/resume/", status.resume, name="resume"),
    # The account reads the ledger, which stands above: composed by address.
    path("<int:pk>/account/", include("ledger.urls")),
]
