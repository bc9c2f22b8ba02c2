"""One's own account. Signing in and the second factor are django-allauth's views (see urls.py)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from .forms import ProfileForm


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, telephone, language and time zone; the address and the role are Lynn's to change."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):  # the answer is read in the language just chosen
            messages.success(request, _("Your account is up to date."))
        return redirect("account_profile")
    return render(request, "account/profile.html", {"form": form})
