"""`/correo-de-prueba/`: the embedded portal's outgoing mails, on this machine only."""

from django.urls import path

from . import development

app_name = "test_mail"
urlpatterns = [
    path("", development.mails, name="list"),
    path("<str:file>/<int:number>/", development.mail, name="mail"),
    path("<str:file>/<int:number>/html/", development.mail_html, name="html"),
]
