"""HTML made into PDF by WeasyPrint, which is optional (the extra `pdf`); what it refers to stays away."""

from typing import Any, NoReturn


class NoPdf(RuntimeError):
    """WeasyPrint, or a library of the system that it needs, is not installed here."""


def pdf_of(html: str) -> bytes:
    """The document's bytes. No file, no address and no data that it refers to is opened. Raises NoPdf."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:  # OSError: pango is missing
        raise NoPdf(str(error)) from error
    return HTML(string=html, url_fetcher=fetching_nothing(URLFetcher)).write_pdf()


def fetching_nothing(fetcher: type) -> Any:
    """A fetcher of WeasyPrint's kind that refuses every address: files, this machine, the Internet, data."""

    class FetchNothing(fetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> NoReturn:
            raise ValueError("a document fetches nothing")

    return FetchNothing()
