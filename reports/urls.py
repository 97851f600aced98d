from django.urls import URLPattern, URLResolver, include, path

from reports.views.aging import aging_report
from reports.views.checklist import checklist_mark
from reports.views.home import home

reports = [
    path("aging/", aging_report, name="aging"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("settings/first-steps/", checklist_mark, name="checklist_mark"),
    path("reports/", include((reports, "reports"))),
]
