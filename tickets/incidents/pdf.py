"""HTML as PDF, with WeasyPrint where it is installed (the extra `pdf`); it fetches nothing from anywhere."""

from typing import NoReturn


class PdfMissing(Exception):
    """WeasyPrint, or one of the system's libraries that it needs, is not installed here."""


def _fetch_nothing(url: str, *_args: object, **_options: object) -> NoReturn:
    raise ValueError("a document fetches nothing")


def as_pdf(html: str) -> bytes:
    """The document's bytes. Raises PdfMissing."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as missing:
        raise PdfMissing from missing
    return HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
