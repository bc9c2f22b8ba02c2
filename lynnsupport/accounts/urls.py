"""Signing in, one's own account, the second factor.

django-allauth's views under our addresses; its other pages (sign-up, further addresses, phone) are not
wired: people get access from Lynn, and their address is theirs to keep.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from . import colleagues, views

urlpatterns = [
    path("entrar/", account.login, name="account_login"),
    path("entrar/codigo/", mfa.authenticate, name="mfa_authenticate"),
    path("salir/", account.logout, name="account_logout"),
    path("contrasena/olvidada/", account.password_reset, name="account_reset_password"),
    path("contrasena/olvidada/enviada/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "contrasena/nueva/lista/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^contrasena/nueva/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("personas/", colleagues.people, name="account_people"),
    path("personas/invitar/", colleagues.invite, name="account_invite"),
    path("personas/invitaciones/<int:pk>/retirar/", colleagues.withdraw, name="account_withdraw_invitation"),
    path("personas/<int:pk>/terminar-acceso/", colleagues.end_access, name="account_end_access"),
    path("personas/<int:pk>/devolver-acceso/", colleagues.give_back, name="account_give_back"),
    path("invitacion/<slug:token>/", colleagues.join, name="account_join"),
    path("cuenta/", views.profile, name="account_profile"),
    path("cuenta/inactiva/", account.account_inactive, name="account_inactive"),
    path("cuenta/contrasena/", account.password_change, name="account_change_password"),
    path("cuenta/confirmar/", account.reauthenticate, name="account_reauthenticate"),
    path("cuenta/confirmar/codigo/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("cuenta/seguridad/", mfa.index, name="mfa_index"),
    path("cuenta/seguridad/aplicacion/activar/", totp.activate_totp, name="mfa_activate_totp"),
    path("cuenta/seguridad/aplicacion/quitar/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("cuenta/seguridad/codigos/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "cuenta/seguridad/codigos/nuevos/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "cuenta/seguridad/codigos/descargar/",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
