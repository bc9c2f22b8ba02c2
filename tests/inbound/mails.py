"""Short ways to write the mails that people and machines send, in tests."""

from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

SUPPORT = "support_lynn@lynn.cx"

TEMPLATE = """\
Buenos días:

• Explicación detallada del incidente: Las conversaciones no llegan a la cola.
  Fecha y hora de la detección del incidente: 23-11-2026 09:40 (hora de Chile)
  Ocurre en todos los canales desde el último cambio de flujo.
• Nombre del Cliente: Cliente Imaginario
• País/Región del Cliente: Chile
• Impacto a la Operación del Cliente: Cerca del 40% de las atenciones
• Justificación de la Urgencia: Campaña de fin de mes
• Producto(s) Involucrado(s): Lynn Core, Flows
• Redes sociales involucradas: WhatsApp
• Datos de Contacto del LCCD responsable del caso: (Nombre – Correo – Teléfono).
  Ana Pérez – ana@example.com – +56 9 5555 0101
"""


def mail(
    *,
    sender: str,
    subject: str = "",
    text: str = TEMPLATE,
    html: str = "",
    to: str = SUPPORT,
    files: dict[str, bytes] | None = None,
    message_id: str | None = None,
    **headers: Any,
) -> bytes:
    """A well-formed mail as bytes; `headers` by their names with underscores for hyphens."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id != "":
        message["Message-ID"] = message_id or make_msgid(domain="partner.example.com")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, content in (files or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def bounce(*, of: str, to: str, recipient: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """A delivery report (RFC 3464) about the mail with the Message-ID `of`."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: {to}
Delivered-To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: {make_msgid(domain="mx.example.com")}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: text/plain

I could not deliver your mail.

--b0
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} User unknown

--b0
Content-Type: text/rfc822-headers

Message-ID: {of}
Subject: LYN

--b0--
""".replace("\n", "\r\n").encode()
