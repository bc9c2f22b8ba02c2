import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english():
    """Sentences are compared in the language of their msgids."""
    with translation.override("en"):
        yield
