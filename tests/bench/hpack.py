"""As much of HTTP/2's header compression (RFC 7541) as the load generator needs.

Requests are encoded by putting every header into the peer's table once, after which a request's
headers are a few bytes, as any gRPC client does it. For responses the generator announces a table
of size 0, so that each header block can be read by itself, and equal blocks once.
"""

from collections.abc import Iterator

# ":status" in the static table; the values of other entries are of no interest here.
STATIC_STATUS = {8: "200", 9: "204", 10: "206", 11: "304", 12: "400", 13: "404", 14: "500"}
STATIC_SIZE = 61

# The Huffman code is canonical: within a length, codes count up in this order, and the first of a
# length follows the last of the one before. Longer codes than these encode no printable
# characters but the backslash.
HUFFMAN = {
    5: "012aceiost",
    6: " %-./3456789=A_bdfghlmnpru",
    7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: "&*,;XZ",
    10: '!"()?',
    11: "'+|",
    12: "#>",
    13: "\0$@[]~",
    14: "^}",
    15: "<`{",
}


def _huffman_codes() -> dict[tuple[int, int], str]:
    codes: dict[tuple[int, int], str] = {}
    code, previous = 0, 0
    for length, characters in HUFFMAN.items():
        code <<= length - previous
        previous = length
        for character in characters:
            codes[length, code] = character
            code += 1
    return codes


HUFFMAN_CODES = _huffman_codes()


def encode_first(headers: list[tuple[str, str]]) -> bytes:
    """Encodes headers and has the peer remember each, in order (indexes 62 and up, last first)."""
    block = bytearray()
    for name, value in headers:
        block += b"\x40" + _literal(name) + _literal(value)
    return bytes(block)


def encode_again(headers: list[tuple[str, str]]) -> bytes:
    """Encodes the same headers once ``encode_first`` has been sent for them."""
    newest = STATIC_SIZE + 1
    return bytes(0x80 | (newest + len(headers) - 1 - i) for i in range(len(headers)))


def decode(block: bytes) -> dict[str, str]:
    """Decodes a block of a peer that may keep no table.

    Names and values from the static table are left out, except the status.

    Raises:
        ValueError: it is malformed or refers to a table.
    """
    headers: dict[str, str] = {}
    at = 0
    while at < len(block):
        first = block[at]
        if first & 0x80:
            index, at = _integer(block, at, 7)
            if index > STATIC_SIZE:
                raise ValueError("a header block refers to a table of size 0")
            if index in STATIC_STATUS:
                headers[":status"] = STATIC_STATUS[index]
        elif first & 0xE0 == 0x20:
            _, at = _integer(block, at, 5)
        else:
            index, at = _integer(block, at, 6 if first & 0x40 else 4)
            name, at = (f"static-{index}", at) if index else _string(block, at)
            value, at = _string(block, at)
            headers[":status" if index in STATIC_STATUS else name] = value
    return headers


def _literal(text: str) -> bytes:
    data = text.encode("ascii")
    if len(data) < 0x7F:
        return bytes([len(data)]) + data
    rest = len(data) - 0x7F
    return bytes([0x7F, *_continuation(rest)]) + data


def _continuation(rest: int) -> Iterator[int]:
    while rest >= 0x80:
        yield rest & 0x7F | 0x80
        rest >>= 7
    yield rest


def _integer(block: bytes, at: int, bits: int) -> tuple[int, int]:
    mask = (1 << bits) - 1
    value = block[at] & mask
    at += 1
    if value < mask:
        return value, at
    shift = 0
    while True:
        value += (block[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not block[at - 1] & 0x80:
            return value, at


def _string(block: bytes, at: int) -> tuple[str, int]:
    huffman = block[at] & 0x80
    length, at = _integer(block, at, 7)
    data = block[at : at + length]
    text = _from_huffman(data) if huffman else data.decode("latin-1")
    return text, at + length


def _from_huffman(data: bytes) -> str:
    characters: list[str] = []
    length = code = 0
    for byte in data:
        for shift in range(7, -1, -1):
            code = code << 1 | byte >> shift & 1
            length += 1
            if character := HUFFMAN_CODES.get((length, code)):
                characters.append(character)
                length = code = 0
    return "".join(characters)
