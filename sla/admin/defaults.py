"""The act that makes a calendar or a policy the one that applies where no other is named."""

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lynnsupport.common import clock
from lynnsupport.common.refusal import Refused
from sla import operations


@admin.action(
    permissions=["change"], description=_("Make it the default"), location=ActionLocation.CHANGE_FORM
)
def make_default(model_admin, request, queryset):
    thing = queryset.get()
    try:
        operations.make_default(thing, by=request.user, now=clock.now())
    except Refused as refused:
        model_admin.message_user(request, str(refused), messages.ERROR)
    else:
        text = gettext("«%(name)s» applies from now on where no other is named.") % {"name": thing}
        model_admin.message_user(request, text, messages.SUCCESS)
