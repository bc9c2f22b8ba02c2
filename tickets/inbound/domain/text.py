"""Bytes and markup made readable: charsets that lie, encoded words, HTML with its tables and quotes."""

import binascii
import codecs
import quopri
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Text codecs that cost without bound, or that are none for mails.
_NOT_FOR_MAIL = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7", "mbcs", "oem"}
)
_FALLBACKS = ("utf-8", "windows-1252")
# What calls itself Latin 1 or ASCII is nearly always Windows' superset of it, or UTF-8.
_SUPERSETS = {"iso8859-1": "windows-1252", "ascii": "utf-8"}

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(=\?)")


def plain(text: str) -> str:
    """`text` with LF line ends, without NUL, other controls and lone surrogates: fit to be stored."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isprintable():
        return lines
    return _UNSTORABLE.sub("", lines)


_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def one_line(text: str, limit: int) -> str:
    """`plain(text)` on one line of at most `limit` characters."""
    return " ".join(plain(text).split())[:limit]


def decode(content: bytes, charset: str | None) -> str:
    """`content` as text: by its charset if that exists and fits, else as UTF-8, else as Windows-1252."""
    for name in (*([charset] if charset else []), *_FALLBACKS):
        known = _known_charset(name)
        if known is None:
            continue
        try:
            return plain(content.decode(known))
        except (UnicodeError, ValueError):
            continue
    return plain(content.decode("windows-1252", "replace"))


def _known_charset(name: str) -> str | None:
    try:
        codec = codecs.lookup(name.strip().strip("\"'"))
    except (LookupError, ValueError, UnicodeError):
        return None
    usable = getattr(codec, "_is_text_encoding", True) and codec.name not in _NOT_FOR_MAIL
    return _SUPERSETS.get(codec.name, codec.name) if usable else None


def header_text(value: str) -> str:
    """A header as people read it: encoded words decoded (RFC 2047), raw 8-bit bytes guessed, on one line."""
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), None)
    if "=?" in value:
        value = "".join(_decoded_words(_BETWEEN_WORDS.sub(r"\1\2", value)))
    return " ".join(plain(value).split())


def _decoded_words(value: str) -> Iterator[str]:
    """The pieces of `value`; neighbouring words of one charset are joined first, as bytes.

    Some programs cut a letter of several bytes in two between them.
    """
    waiting, charset, at = b"", "", 0
    for word in _WORD.finditer(value):
        between, content = value[at : word.start()], _word_bytes(word[2], word[3])
        name = word[1].partition("*")[0]  # RFC 2231 5: a language may follow
        if waiting and (between or name.lower() != charset.lower()):
            yield decode(waiting, charset)
            waiting = b""
        if between:
            yield between
        waiting, charset, at = waiting + content, name, word.end()
    if waiting:
        yield decode(waiting, charset)
    yield value[at:]


def _word_bytes(encoding: str, text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(content, header=True)
    try:
        return binascii.a2b_base64(content + b"=" * (-len(content) % 4))
    except binascii.Error:
        return content


# ---------- HTML ----------

_SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg", "math"})
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead"
    " tr ul".split()
)
_CELLS = frozenset({"td", "th"})


def html_to_text(html: str) -> str:
    """What a person reads of `html`: blocks on lines of their own, cells of a row apart by tabs, list
    marks, and quoted blocks behind `> `. Never raises; nothing is fetched."""
    try:
        root = LexborHTMLParser(html).root
    except Exception:  # the parser is C; a mail must not stop at whatever it stumbles over
        return plain(re.sub(r"<[^>]*>", " ", html))
    return plain(_Writer().written(root)) if root is not None else ""


class _Writer:
    """Walks a tree without calling itself: a mail may nest deeper than the stack."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.quotes = 0
        self.preformatted = 0

    def written(self, root: LexborNode) -> str:
        node: LexborNode | None = root
        while node is not None:
            into = self._open(node)
            child = node.first_child if into else None
            if child is not None:
                node = child
                continue
            while node is not None:
                self._close(node)
                if node.mem_id == root.mem_id:
                    node = None
                    break
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent
        self._break()
        return "\n".join(self.lines).strip("\n")

    def _open(self, node: LexborNode) -> bool:
        """Write what stands at the beginning of `node`; whether what is in it is read."""
        tag = node.tag
        if tag == "-text":
            self._text(node.text_content or "")
            return False
        if tag in _SKIPPED or tag in {"-comment", "!doctype"}:
            return False
        if tag == "br":
            self._break(keep_empty=True)
        elif tag in _CELLS:
            if self.line.strip():
                self.line = self.line.rstrip() + "\t"
        elif tag in _BLOCKS:
            self._break()
        if tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "li":
            self.line = "• "
        elif tag == "p":
            self._gap()
        return True

    def _close(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in _BLOCKS:
            self._break()
        if tag == "blockquote":
            self.quotes -= 1
        elif tag == "pre":
            self.preformatted -= 1
        elif tag == "p":
            self._gap()

    def _text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.split("\n")
            self.line += first
            for other in others:
                self._break(keep_empty=True)
                self.line = other
            return
        words = " ".join(text.split())
        begins, ends = text[:1].isspace(), text[-1:].isspace()
        if not words:
            if text and self.line and not self.line[-1].isspace():
                self.line += " "
            return
        if begins and self.line and not self.line[-1].isspace():
            self.line += " "
        self.line += words + (" " if ends else "")

    def _break(self, *, keep_empty: bool = False) -> None:
        line = self.line.rstrip()
        if line or keep_empty:
            self.lines.append("> " * min(self.quotes, 5) + line)
        self.line = ""

    def _gap(self) -> None:
        """An empty line between paragraphs, never two."""
        self._break()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append("> " * min(self.quotes, 5))
