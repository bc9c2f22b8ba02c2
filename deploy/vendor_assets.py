#!/usr/bin/env python3
"""Fetches the browser assets that are committed under static/vendor: versions pinned, digests recorded.

Run it by hand when a version or the list of icons changes (needs npm, no other tool), look at the
difference, commit it. `npm pack` only downloads the published archive: nothing is built or executed.
"""

import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "static" / "vendor"
BOOTSTRAP = "bootstrap@5.3.9"
ICONS = "bootstrap-icons@1.13.2"

# The sprite holds these and no others; the `icon` template tag refuses a name that is not here.
ICON_NAMES = frozenset(
    """
    arrow-counterclockwise arrow-left arrow-repeat arrow-right arrow-up-right bell box-arrow-right
    calendar-event chat-left-text check-circle-fill check-lg check2-circle chevron-down chevron-left
    chevron-right circle-half clipboard-check clock clock-history dash-circle download envelope
    exclamation-octagon-fill exclamation-triangle-fill eye file-earmark funnel gear hourglass-split
    inbox info-circle-fill key keyboard lightbulb list list-check lock paperclip pause-circle-fill
    pencil people person person-badge person-check person-circle plus-lg printer reply search send
    shield-check shield-lock slash-circle sliders telephone trash x-lg x-octagon-fill
    """.split()
)


def fetch(package: str, folder: Path) -> tuple[Path, str]:
    """The unpacked package and the sha512 of its archive, as npm writes it in a lock file."""
    out = subprocess.run(  # noqa: S603
        ["npm", "pack", "--silent", package],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / out.stdout.strip().splitlines()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    unpacked = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    return unpacked / "package", f"sha512-{digest}"


def stylesheet(package: Path) -> str:
    """Reboot and Bootstrap's variables; without the link to a source map that is not shipped."""
    css = (package / "dist/css/bootstrap-reboot.min.css").read_text()
    return re.sub(r"/\*# sourceMappingURL=.*?\*/\s*", "", css).rstrip() + "\n"


def sprite(package: Path) -> str:
    symbols = []
    for name in sorted(ICON_NAMES):
        svg = (package / "icons" / f"{name}.svg").read_text()
        body = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if body is None:
            sys.exit(f"{name}.svg is not what was expected")
        shapes = re.sub(r">\s+<", "><", body.group(1).strip())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


README = """# Vendored browser assets

Written by `deploy/vendor_assets.py`; change the versions or the list of icons there, not here.

| Package | Archive | Kept of it |
|---|---|---|
| {bootstrap} (MIT) | `{bootstrap_digest}` | `bootstrap-reboot.min.css`: reset, `--bs-*` variables |
| {icons} (MIT) | `{icons_digest}` | `icons.svg`: a sprite of the {count} icons in use |

`css/tokens.css` gives Bootstrap's variables our values. htmx comes from the django-htmx package.
"""


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        bootstrap, bootstrap_digest = fetch(BOOTSTRAP, Path(name))
        icons, icons_digest = fetch(ICONS, Path(name))
        (TARGET / "bootstrap-reboot.min.css").write_text(stylesheet(bootstrap))
        (TARGET / "bootstrap.LICENSE").write_text((bootstrap / "LICENSE").read_text())
        (TARGET / "icons.svg").write_text(sprite(icons))
        (TARGET / "bootstrap-icons.LICENSE").write_text((icons / "LICENSE").read_text())
        (TARGET / "README.md").write_text(
            README.format(
                bootstrap=BOOTSTRAP,
                bootstrap_digest=bootstrap_digest,
                icons=ICONS,
                icons_digest=icons_digest,
                count=len(ICON_NAMES),
            )
        )


if __name__ == "__main__":
    main()
