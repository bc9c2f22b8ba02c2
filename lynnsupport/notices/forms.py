"""What readers fill in: how to find a notice, and what shall come by mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Product, Provider
from .models.notice import KIND_LABELS


class ArchiveForm(forms.Form):
    """The archive's filters. What an address asks that does not exist is left out rather than refused."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        strip=True,
        widget=forms.SearchInput(attrs={"placeholder": _("Words of the title or text")}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *KIND_LABELS])
    product = forms.ModelChoiceField(
        label=_("Product or channel"),
        required=False,
        queryset=Product.objects.all(),
        to_field_name="slug",
        empty_label=_("All products and channels"),
    )
    provider = forms.ModelChoiceField(
        label=_("Provider"),
        required=False,
        queryset=Provider.objects.all(),
        to_field_name="slug",
        empty_label=_("All providers"),
    )


class MailChoicesForm(forms.Form):
    wanted = forms.MultipleChoiceField(
        label=_("By mail I want to receive"),
        required=False,
        choices=KIND_LABELS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Maintenance and incidents of your own tenants are always sent, whatever you choose (NOT-4)."
        ),
    )
