from django.urls import URLPattern, path

from core import import_urls
from core.pages import audit, jobs, logo, people, search, settings, views

urlpatterns: list[URLPattern] = [
    path("search/", search.search, name="search"),
    path("keys/", search.keys, name="keys"),
    path("settings/", settings.overview, name="settings"),
    path("settings/company/", settings.company_profile, name="company_profile"),
    path("settings/second-person/", settings.second_person, name="second_person"),
    path("settings/logo/", logo.logo, name="logo"),
    path("settings/bank-accounts/", settings.bank_accounts, name="bank_accounts"),
    path("settings/bank-accounts/new/", settings.bank_account_new, name="bank_account_new"),
    path("settings/bank-accounts/<int:pk>/", settings.bank_account, name="bank_account"),
    path("settings/numbers/", settings.number_formats, name="number_formats"),
    path("settings/rates/", settings.exchange_rates, name="exchange_rates"),
    path("settings/rates/new/", settings.exchange_rate_new, name="exchange_rate_new"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/new/", people.person_new, name="person_new"),
    path(
        "settings/people/second-factor/", people.people_second_factor, name="people_second_factor"
    ),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path(
        "settings/people/invited/<int:pk>/send/", people.invitation_again, name="invitation_again"
    ),
    path(
        "settings/people/invited/<int:pk>/withdraw/",
        people.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("settings/history/", audit.audit, name="audit"),
    path("views/", views.saved_views, name="saved_views"),
    path("views/new/", views.saved_view_new, name="saved_view_new"),
    path("views/look/", views.list_look, name="list_look"),
    path("views/<int:pk>/", views.saved_view, name="saved_view"),
    path("views/<int:pk>/renew/", views.saved_view_renew, name="saved_view_renew"),
    path("views/<int:pk>/delete/", views.saved_view_delete, name="saved_view_delete"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/tray/", jobs.jobs_tray, name="jobs_tray"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job_cancel"),
    path("jobs/<int:pk>/retry/", jobs.job_retry, name="job_retry"),
    path("jobs/<int:pk>/errors.csv", jobs.job_errors, name="job_errors"),
    path("jobs/<int:pk>/result/", jobs.job_result, name="job_result"),
    *import_urls.urlpatterns,
]
