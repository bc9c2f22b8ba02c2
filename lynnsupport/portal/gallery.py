"""Every component in every state, in both themes, for those who build pages. Only while DEBUG is on.

Its texts are samples for developers and are not translated.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from lynnsupport.common.refusal import Refused
from lynnsupport.common.templatetags import components

AT = datetime(2026, 11, 26, 20, 30, tzinfo=UTC)


class SampleForm(forms.Form):
    subject = forms.CharField(label="Asunto", help_text="Una frase; lo demás va en la descripción.")
    tenant = forms.ChoiceField(label="Tenant", choices=[("", "Elija uno"), ("1", "10482 · ACME Producción")])
    description = forms.CharField(label="Descripción", widget=forms.Textarea)
    workaround = forms.ChoiceField(
        label="¿Hay una forma de seguir operando?",
        choices=[("yes", "Sí, hay una alternativa"), ("no", "No")],
        widget=forms.RadioSelect,
    )
    preview = forms.BooleanField(label="Es una funcionalidad en preview", required=False)
    files = forms.FileField(label="Archivos", required=False, help_text="Arrastre, pegue o elija.")


def gallery(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    page = Paginator(range(500), 25).get_page(request.GET.get("page", 7))
    themes = [
        {
            "name": name,
            "empty": SampleForm(auto_id=f"id_{name}_empty_%s"),
            "bad": SampleForm({"subject": "No llegan los mensajes de WhatsApp"}, auto_id=f"id_{name}_bad_%s"),
        }
        for name in ("light", "dark")
    ]
    return render(
        request,
        "components/gallery.html",
        {
            "themes": themes,
            "icons": sorted(components.sprite_names()),
            "severities": components.SEVERITIES,
            "clock_states": components.CLOCK_STATES,
            "ticket_states": components.TICKET_STATES,
            "page": page,
            "at": AT,
            "lima": ZoneInfo("America/Lima"),
            "lefts": [
                timedelta(hours=11, minutes=20),
                timedelta(minutes=1),
                timedelta(seconds=20),
                timedelta(hours=-2, minutes=-5),
            ],
            "files": [
                SimpleNamespace(name="captura-cola-de-agentes.png", size=184_220, url="#"),
                SimpleNamespace(
                    name="registro_del_conector_whatsapp_2026-11-26.log", size=2_411_033, url="#"
                ),
            ],
            "refused": Refused(
                "El escalamiento telefónico se abre cuando vence la respuesta comprometida.",
                rule="ESC-3",
                instead="Escriba en el ticket: su mensaje inicia un nuevo plazo de respuesta.",
                allowed_from=AT,
            ),
        },
    )
