"""Which parts of a text could be an address, and how one address may be written.

In: texts, addresses. Out: pieces of a text in their comparable forms, texts with their addresses masked, one
address read from a line. What erasing looks for and what later syncs keep out are both told by `pieces`, so
they are the same set.

A text is cut where a character stands that is neither letter nor digit, on either side of it: in
``x=o'brien@example.com.`` the address is found, and ``brien@example.com`` too; in ``xbrien@…`` it is
not. Escapes are read before (``\\u0040``, ``%40``, ``&#64;``), as an example of a reject or a URL holds them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

PLACEHOLDER = "[address]"
LOCAL_LENGTH, DOMAIN_LENGTH = 64, 253
"""Most characters before and after the @ (RFC 5321, 4.5.3.1)."""

AT_SIGNS = r"@|\x{FF20}|\x{FE6B}|%(25)*40|\\+u0040|\\+x40|&#0*64;|&#x0*40;|&commat;"
"""How an @ may be written, as RE2 has it; in any case of letters."""

_AT = re.compile(AT_SIGNS.replace(r"\x{FF20}", "\uff20").replace(r"\x{FE6B}", "\ufe6b"), re.IGNORECASE)
_OUTSIDE = r"\s\x00-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\ufeff@<>()\[\],;:\"\\"
_LOCAL_END = re.compile(rf"[^{_OUTSIDE}]{{1,{LOCAL_LENGTH}}}\Z")
_DOMAIN_START = re.compile(rf"[^{_OUTSIDE}'!?=/{{}}|]{{1,{DOMAIN_LENGTH}}}")
_LITERAL = re.compile(r"\[[0-9A-Za-z:.]{2,60}\]")
_ONE = re.compile(
    rf"(?:\"(?:[^\"\\\r\n]|\\[^\r\n])*\"|[^{_OUTSIDE}]+)@(?:\[[0-9A-Za-z:.]{{2,60}}\]|[^{_OUTSIDE}'!?=/{{}}|]+)"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"\\/bfnrt]))")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SPELT = str.maketrans({"\uff20": "@", "\ufe6b": "@"})
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_SIGMAS = "\u03c2", "\u03c3"
"""The last one of a word is another letter in lower case, and the same in upper case."""
_READINGS = 8
_BETWEEN = re.compile(r"([\s<>\"(),;:\[\]{}]+)")


def may_mention(text: str) -> bool:
    """Whether there is an @ in the text, however it is written."""
    return _AT.search(text) is not None


def pieces(text: str) -> set[str]:
    """The parts of a text that could be an address, each in all its `forms`."""
    if not may_mention(text):
        return set()
    found: set[str] = set()
    for reading in _readings(text):
        if reading.isascii() and '"@' not in reading and "xn--" not in (lower := reading.lower()):
            found.update(_cut(lower))  # what `forms` would give
        else:
            found.update(form for piece in _cut(reading) for form in forms(piece))
    return found


def pieces_of_email(email: str) -> set[str]:
    """The forms of the address that an email column holds; the `pieces` of what is not plainly one."""
    own = set(forms(email))
    return own if is_address(email.strip()) else own | pieces(email)


def forms(address: str) -> tuple[str, ...]:
    """What is compared of an address: in lower case, and where that differs its canonical form."""
    plain = address.strip().lower()
    if plain.isascii() and "xn--" not in plain and plain[:1] != '"':
        return (plain,)
    canonical = _canonical(address.strip())
    return (plain,) if canonical == plain else (plain, canonical)


def spellings(address: str) -> set[str]:
    """Forms under which the address may have been hashed as it was: composed or not, in Punycode or not."""
    found = set(forms(address))
    for form in list(found):
        local, _, domain = form.rpartition("@")
        found |= {
            f"{local}@{_punycode(domain)}",
            f"{unicodedata.normalize('NFC', local)}@{_punycode(domain)}",
        }
    composed = {unicodedata.normalize("NFC", form) for form in found}
    return found | composed | {unicodedata.normalize("NFD", form) for form in found}


def is_address(text: str) -> bool:
    """Whether a text is one address and nothing else."""
    return _ONE.fullmatch(text) is not None and (text[-1] == "]" or _is_word(text[-1]))


def one_address(line: str) -> str | None:
    """The one address of a line of a list, out of what mail programs and spreadsheets put around it.

    None if the line is anything else, such as two addresses or an address with a name.
    """
    text = line.strip().rstrip(",;").strip()
    for _ in range(3):
        if is_address(text):
            return text
        if len(text) > 2 and (text[0], text[-1]) in (('"', '"'), ("'", "'"), ("<", ">")):
            text = text[1:-1].replace('""', '"').strip()
        elif text[:7].lower() == "mailto:":
            text = unquote(text[7:]).strip()
        else:
            return None
    return text if is_address(text) else None


def masked(text: str) -> str:
    """The text with `PLACEHOLDER` wherever an address could stand, however its @ is written."""
    if not may_mention(text):
        return text
    text = _AT.sub("@", text)
    text = re.sub(r"\\?\"[^\"\r\n]{1,64}\"@", "x@", text)
    text = re.sub(r"@\[[^\]\s]{1,60}\]", "@x", text)
    parts = _BETWEEN.split(text)
    return "".join(_masked_part(part) if "@" in part else part for part in parts)


def _masked_part(part: str) -> str:
    end = part.rstrip(".!?")
    return PLACEHOLDER + (part[len(end) :] if "@" in end else "")


def _readings(text: str) -> list[str]:
    """The text, and what it says where escapes are read; a text may be escaped more than once."""
    found = [text]
    for reading in found:
        for other in _other_readings(reading):
            if other not in found and len(found) < _READINGS:
                found.append(other)
    return found


def _other_readings(text: str) -> Iterator[str]:
    if "\\" in text:
        yield _unescaped(text)
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield html.unescape(text)
    if not text.isascii():
        yield unicodedata.normalize("NFC", text.translate(_SPELT))


def _unescaped(text: str) -> str:
    plain = _ESCAPE.sub(_character, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs become one character


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else _CONTROLS.get(escape[3], escape[3])


def _cut(text: str) -> Iterator[str]:
    at = text.find("@")
    while at >= 0:
        if domains := _domains(text, at + 1):
            for local in _locals(text, at):
                for domain in domains:
                    yield f"{local}@{domain}"
        at = text.find("@", at + 1)


def _locals(text: str, end: int) -> Iterator[str]:
    """What may stand before the @ at ``end``, cut before or after whatever is neither letter nor digit."""
    near = text[max(0, end - LOCAL_LENGTH) : end]
    if near[-1:] == '"':
        yield from (near[n:] for n in range(len(near) - 1) if near[n] == '"')
    if (found := _LOCAL_END.search(near)) is None:
        return
    run = found[0]
    is_cut = [not _is_word(character) for character in run]
    if not any(is_cut):
        yield run
        return
    for n in range(len(run)):
        if n == 0 or is_cut[n] or is_cut[n - 1]:
            yield run[n:]


def _domains(text: str, start: int) -> list[str]:
    if literal := _LITERAL.match(text, start):
        return [literal[0]]
    if (found := _DOMAIN_START.match(text, start)) is None:
        return []
    run = found[0]
    is_word = [*map(_is_word, run), False]
    return [run[: n + 1] for n in range(len(run)) if is_word[n] and not is_word[n + 1]]


def _is_word(character: str) -> bool:
    """A letter or digit; the marks of a decomposed letter are part of it."""
    return character.isalnum() or (not character.isascii() and unicodedata.category(character)[0] == "M")


def _canonical(address: str) -> str:
    """One form for every spelling: composed, in lower case, the domain in letters, no needless quotes."""
    local, at, domain = address.rpartition("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower()).replace(*_SIGMAS)
    if local[:1] == '"' == local[-1:] and is_address(f"{local[1:-1]}@x"):
        local = local[1:-1]
    domain = unicodedata.normalize("NFKC", domain).lower().translate(_DOTS)
    labels = unicodedata.normalize("NFC", ".".join(map(_letters, domain.split("."))))
    return f"{local}{at}{labels.replace(*_SIGMAS)}"


def _letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode().decode("punycode").lower()
    except ValueError:
        return label


def _punycode(domain: str) -> str:
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in domain.split(".")
    )
