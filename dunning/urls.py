from django.urls import URLPattern, path

from dunning.views import holds, policy, runs

app_name = "collections"
urlpatterns: list[URLPattern] = [
    path("", runs.run_list, name="runs"),
    path("run-now/", runs.run_now, name="run_now"),
    path("runs/<int:pk>/", runs.run_detail, name="run"),
    path("policy/", policy.policy, name="policy"),
    path("policy/edit/", policy.policy_edit, name="policy_edit"),
    path("items/<int:item_id>/hold/", holds.hold_item, name="hold_item"),
    path("items/<int:item_id>/release/", holds.release_item, name="release_item"),
]
