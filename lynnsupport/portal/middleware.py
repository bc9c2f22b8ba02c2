"""One log line when a request begins and one when it ends, joined by `request_id`."""

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware

# Parts of an address that open something by themselves: password reset, confirmation of an address.
SECRET_PARTS = frozenset({"key", "token", "uidb36", "uidb64"})


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path, without the query (what people search for) and without secrets in the path."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {_path_without_secrets(request.path_info)}"


def _path_without_secrets(path: str) -> str:
    try:
        match = resolve(path)
    except Resolver404:
        return path
    return f"/{match.route}" if SECRET_PARTS & match.kwargs.keys() else path
