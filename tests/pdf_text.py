"""Reads the text of a PDF as WeasyPrint writes it, so that tests need no library to open one."""

import re
import zlib

_HEX = re.compile(rb"<([0-9a-f]+)>")


def text_of_pdf(content: bytes) -> str:
    """Every word that is painted, spaces made one; AssertionError for what is no whole PDF."""
    assert content.startswith(b"%PDF-1."), content[:20]
    assert content.rstrip().endswith(b"%%EOF"), content[-20:]
    streams = _streams(content)
    objects = _packed_objects(streams)
    fonts = {
        name: _characters(streams[int(re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])[1])])
        for body in objects.values()
        for name, number in re.findall(rb"/([A-Z]{6}) (\d+) 0 R", body)
    }
    painted = (page for page in streams.values() if b"\nBT\n" in page)
    return " ".join("".join(_painted(page, fonts) for page in painted).split())


def _streams(content: bytes) -> dict[int, bytes]:
    found = {}
    for number, body in re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", content, re.DOTALL):
        _, begun, packed = body.partition(b"stream\n")
        if begun and b"/FlateDecode" in body[: body.index(begun)]:
            found[int(number)] = zlib.decompressobj().decompress(packed)
    return found


def _packed_objects(streams: dict[int, bytes]) -> dict[int, bytes]:
    """Those of object streams: `number place number place ...` and then the objects."""
    objects = {}
    for content in streams.values():
        header = re.match(rb"(?:\d+ \d+ ?)+\n<<", content)
        if header is None:
            continue
        numbers = [int(each) for each in header[0][:-2].split()]
        begin = header.end() - 2
        places = [begin + place for place in numbers[1::2]] + [len(content)]
        for number, start, end in zip(numbers[::2], places[:-1], places[1:], strict=True):
            objects[number] = content[start:end]
    return objects


def _characters(cmap: bytes) -> dict[bytes, str]:
    pairs = re.findall(rb"^<([0-9a-f]{4})> <([0-9a-f]+)>$", cmap.partition(b"beginbfchar")[2], re.MULTILINE)
    return {glyph: bytes.fromhex(code.decode()).decode("utf-16-be") for glyph, code in pairs}


def _painted(page: bytes, fonts: dict[bytes, dict[bytes, str]]) -> str:
    words, characters = [], {}
    for font, line in re.findall(rb"/([A-Z]{6}) [\d.]+ Tf|\[(.*?)\] TJ", page):
        if font:
            characters = fonts[font]
            continue
        glyphs = b"".join(_HEX.findall(line)).decode()
        words.append("".join(characters[glyphs[at : at + 4].encode()] for at in range(0, len(glyphs), 4)))
    return " ".join(words)
