from django.urls import path

from messaging.views import decisions, detail, listing

app_name = "messaging"
urlpatterns = [
    path("", listing.message_list, name="list"),
    path("<int:pk>/", detail.message_detail, name="detail"),
    path("<int:pk>/html/", detail.message_html, name="html"),
    path("<int:pk>/files/<int:attachment_pk>/", detail.message_file, name="file"),
    path("<int:pk>/arrived/", decisions.arrived, name="arrived"),
    path("<int:pk>/again/", decisions.again, name="again"),
    path("<int:pk>/resend/", decisions.resend, name="resend"),
    path("<int:pk>/leave/", decisions.leave, name="leave"),
    path("<int:pk>/cancel/", decisions.cancel, name="cancel"),
    path("<int:pk>/hold/", decisions.hold, name="hold"),
    path("<int:pk>/release/", decisions.release, name="release"),
]
