"""HTML as PDF, with WeasyPrint where it is installed (the extra `pdf`); it fetches nothing from anywhere."""

from typing import Any, NoReturn


class PdfMissing(Exception):
    """WeasyPrint, or one of the system's libraries that it needs, is not installed here."""


def as_pdf(html: str) -> bytes:
    """The document's bytes. Raises PdfMissing."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as missing:
        raise PdfMissing from missing
    return HTML(string=html, url_fetcher=fetch_nothing(URLFetcher)).write_pdf()


def fetch_nothing(fetcher: type) -> Any:
    """A fetcher of WeasyPrint's kind that refuses every address: files, this machine, the Internet, data."""

    class FetchNothing(fetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> NoReturn:
            raise ValueError("a document fetches nothing")

    return FetchNothing()
