"""HTML made into PDF by WeasyPrint, which is optional (`uv sync --extra pdf`) and fetches nothing."""


class NoPdf(RuntimeError):
    """WeasyPrint, or a library that it needs, is not installed here."""


def pdf_of(html: str) -> bytes:
    """The page as PDF. Whatever it refers to outside itself stays away. Raises NoPdf."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:  # OSError: pango is missing
        raise NoPdf(str(error)) from error
    return HTML(string=html, base_url=None, url_fetcher=_refuse).write_pdf()


def _refuse(url: str, *_args: object, **_options: object) -> dict:
    raise ValueError(f"a document fetches nothing, not even {url}")
