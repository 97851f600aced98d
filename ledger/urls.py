"""Pages of the ledger below a customer's address; without a namespace, they are the customer's."""

from django.urls import path

from ledger.views import account

urlpatterns = [path("", account.customer_account, name="account")]
