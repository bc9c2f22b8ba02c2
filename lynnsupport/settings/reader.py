"""Typed reading of environment variables: a bad value stops the start with its name."""

from collections.abc import Callable

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()


def read[T](kind: Callable[..., T], name: str, **options: object) -> T:
    """The variable `name` read by `kind` (a method of `env`), or ImproperlyConfigured naming it."""
    try:
        return kind(name, **options)
    except ImproperlyConfigured:
        raise
    except Exception as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
