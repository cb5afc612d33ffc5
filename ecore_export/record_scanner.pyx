# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Arrays of records in JSON text -> the buffers of Arrow columns, without a Python object per value or the GIL.

In: body bytes, and where in them an array begins. Out: a `Scanned` each, and of several together `Buffers`.
Called by `columns`. It takes what the API sends in practice and nothing that `payloads` would refuse: eight
known keys once each, texts without escapes, instants in UTC with a Z. Whatever else comes does not fit, which
is no verdict: the structs of `payloads` then decide.

Reading never leaves the body: every step compares with what is left of it.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy, memset

cdef enum:  # the keys in the order of the API reference, and how many
    ID, EC_ID, EMAIL, STATUS, VALIDATOR_USED, IS_CACHED, ERROR_MESSAGE, PROCESSED_AT, KEYS

cdef enum:
    REQUIRED = 2  # the first columns of text are never null
    TEXTS = 5
    LONGEST = 0x7FFFFFFF

cdef struct Text:
    const uint8_t* start  # NULL for null
    int32_t length

cdef struct Record:
    int64_t id
    int64_t processed_at  # microseconds since 1970
    Text texts[TEXTS]
    bint is_cached, is_processed

cdef const char* NAMES[KEYS]
NAMES[:] = [
    b'"id"', b'"ec_id"', b'"email"', b'"status"',
    b'"validator_used"', b'"is_cached"', b'"error_message"', b'"processed_at"',
]
cdef Py_ssize_t LENGTHS[KEYS]
LENGTHS[:] = [4, 7, 7, 8, 16, 11, 15, 14]

cdef int PLACES[KEYS]
PLACES[:] = [-1, 2, 0, 1, 3, -1, 4, -1]

cdef enum:
    KINDS = 8  # statuses that are told apart quickly; the API reference has five
TEXT_NAMES = ("email", "status", "ec_id", "validator_used", "error_message")
"""The columns of text; `PLACES` says which of them a key belongs to."""

cdef uint8_t IS_PLAIN[256]  # may stand in a text as it is; that the body is UTF-8 is known
for _byte in range(256):
    IS_PLAIN[_byte] = _byte >= 0x20 and _byte != 0x22 and _byte != 0x5C


cdef class Scanned:
    """The records of one array: ``rows`` of them, and where in the body the array ends."""

    cdef bytes _body
    cdef Record* _records
    cdef Py_ssize_t _room
    cdef readonly Py_ssize_t rows
    cdef readonly Py_ssize_t end

    def __dealloc__(self):
        free(self._records)

    @property
    def size_bytes(self):
        """The memory it takes, with the body that it points into."""
        return len(self._body) + self._room * <Py_ssize_t> sizeof(Record)

    def statuses(self):
        """The distinct values of ``status``."""
        cdef Text* kinds[KINDS]
        cdef Text* text
        cdef Py_ssize_t row
        cdef int kind, known = 0
        cdef set found = set()
        for row in range(self.rows):
            text = &self._records[row].texts[PLACES[STATUS]]
            for kind in range(known):
                if kinds[kind].length == text.length and memcmp(kinds[kind].start, text.start, text.length) == 0:
                    break
            else:
                found.add(text.start[:text.length].decode())
                if known < KINDS:
                    kinds[known] = text
                    known += 1
        return found

    cdef Record* next_record(self) noexcept nogil:
        """Room for one more; NULL if there is no memory."""
        cdef Record* moved
        cdef Py_ssize_t room
        if self.rows == self._room:
            room = max(64, 2 * self._room)
            moved = <Record*> realloc(self._records, room * sizeof(Record))
            if moved == NULL:
                return NULL
            self._records, self._room = moved, room
        self.rows += 1
        return &self._records[self.rows - 1]


def scan(bytes body not None, Py_ssize_t start):
    """The array that begins at ``start`` with its bracket; None if it does not fit."""
    cdef Scanned found = Scanned.__new__(Scanned)
    cdef const uint8_t* text = <const uint8_t*> PyBytes_AS_STRING(body)
    cdef const uint8_t* end = text + len(body)
    cdef const uint8_t* at
    if not 0 <= start < len(body) or len(body) > LONGEST:
        return None
    with nogil:
        at = _array(text + start, end, found)
    if at == NULL:
        return None
    found._body, found.end = body, at - text
    return found


cdef const uint8_t* _array(const uint8_t* at, const uint8_t* end, Scanned found) noexcept nogil:
    """Read an array; what follows it, or NULL."""
    cdef Record* record
    if at[0] != c'[':
        return NULL
    at = _spaces(at + 1, end)
    if at < end and at[0] == c']':
        return at + 1
    while True:
        record = found.next_record()
        if record == NULL:
            return NULL
        at = _record(at, end, record)
        if at == NULL:
            return NULL
        at = _spaces(at, end)
        if at == end:
            return NULL
        if at[0] == c']':
            return at + 1
        if at[0] != c',':
            return NULL
        at = _spaces(at + 1, end)


cdef const uint8_t* _record(const uint8_t* at, const uint8_t* end, Record* record) noexcept nogil:
    """Read an object that has every key once; what follows it, or NULL."""
    cdef int seen = 0
    cdef int number, key
    if at == end or at[0] != c'{':
        return NULL
    for number in range(KEYS):
        at = _spaces(at + 1, end)
        key = _key(at, end, number)
        if key < 0 or seen & (1 << key):
            return NULL
        seen |= 1 << key
        at = _spaces(at + LENGTHS[key], end)
        if at == end or at[0] != c':':
            return NULL
        at = _spaces(at + 1, end)
        if key == ID:
            at = _integer(at, end, &record.id)
        elif key == IS_CACHED:
            at = _boolean(at, end, &record.is_cached)
        elif key == PROCESSED_AT:
            at = _instant(at, end, record)
        else:
            at = _text(at, end, &record.texts[PLACES[key]], PLACES[key] >= REQUIRED)
        if at == NULL:
            return NULL
        at = _spaces(at, end)
        if at == end or at[0] != (c',' if number < KEYS - 1 else c'}'):
            return NULL
    return at + 1


cdef inline const uint8_t* _spaces(const uint8_t* at, const uint8_t* end) noexcept nogil:
    while at < end and (at[0] == c' ' or at[0] == c'\n' or at[0] == c'\t' or at[0] == c'\r'):
        at += 1
    return at


cdef inline int _key(const uint8_t* at, const uint8_t* end, int expected) noexcept nogil:
    """Which key stands there, the expected one tried first; -1 for none."""
    cdef int step, key
    for step in range(KEYS):
        key = (expected + step) % KEYS
        if _is(at, end, NAMES[key], LENGTHS[key]):
            return key
    return -1


cdef inline bint _is(
    const uint8_t* at, const uint8_t* end, const char* text, Py_ssize_t length
) noexcept nogil:
    return end - at >= length and memcmp(at, text, length) == 0


cdef inline const uint8_t* _text(
    const uint8_t* at, const uint8_t* end, Text* text, bint may_be_null
) noexcept nogil:
    """A text without escapes, or null; what follows it."""
    cdef const uint8_t* start = at + 1
    if may_be_null and _is(at, end, b"null", 4):
        text.start, text.length = NULL, 0
        return at + 4
    if at == end or at[0] != c'"':
        return NULL
    at = start
    while at < end and IS_PLAIN[at[0]]:
        at += 1
    if at == end or at[0] != c'"':
        return NULL
    text.start, text.length = start, <int32_t> (at - start)
    return at + 1


cdef inline const uint8_t* _integer(const uint8_t* at, const uint8_t* end, int64_t* value) noexcept nogil:
    """A whole number of at most 18 digits, as all of those fit; what follows it."""
    cdef bint is_negative = at < end and at[0] == c'-'
    cdef const uint8_t* first = at + is_negative
    cdef int64_t found = 0
    at = first
    while at < end and c'0' <= at[0] <= c'9' and at - first < 18:
        found = found * 10 + (at[0] - c'0')
        at += 1
    if at == first or (first[0] == c'0' and at - first > 1):
        return NULL
    value[0] = -found if is_negative else found
    return at


cdef inline const uint8_t* _boolean(const uint8_t* at, const uint8_t* end, bint* value) noexcept nogil:
    value[0] = _is(at, end, b"true", 4)
    if value[0]:
        return at + 4
    return at + 5 if _is(at, end, b"false", 5) else NULL


cdef inline int _digits(const uint8_t* at, int count) noexcept nogil:
    """The number that so many digits are; negative if one of them is none."""
    cdef int value = 0
    cdef int n
    for n in range(count):
        if not c'0' <= at[n] <= c'9':
            return -1
        value = value * 10 + (at[n] - c'0')
    return value


cdef inline const uint8_t* _instant(const uint8_t* at, const uint8_t* end, Record* record) noexcept nogil:
    """``"2026-05-06T11:58:50Z"`` with up to six decimals, or null; what follows it."""
    cdef int year, month, day, hour, minute, second, leap
    cdef int64_t days, fraction = 0, unit = 1_000_000
    record.is_processed = not _is(at, end, b"null", 4)
    if not record.is_processed:
        record.processed_at = 0
        return at + 4
    if end - at < 22 or at[0] != c'"':
        return NULL
    at += 1
    year, month, day = _digits(at, 4), _digits(at + 5, 2), _digits(at + 8, 2)
    hour, minute, second = _digits(at + 11, 2), _digits(at + 14, 2), _digits(at + 17, 2)
    if at[4] != c'-' or at[7] != c'-' or at[10] != c'T' or at[13] != c':' or at[16] != c':':
        return NULL
    if year < 1 or not 1 <= month <= 12 or not 0 <= hour <= 23:
        return NULL
    if not 0 <= minute <= 59 or not 0 <= second <= 59:
        return NULL
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= (29 if leap and month == 2 else 28 if month == 2 else 30 + ((month + (month > 7)) & 1)):
        return NULL
    at += 19
    if at[0] == c'.':
        at += 1
        while at < end and c'0' <= at[0] <= c'9' and unit > 1:
            unit //= 10
            fraction += unit * (at[0] - c'0')
            at += 1
        if unit == 1_000_000:
            return NULL
    if end - at < 2 or at[0] != c'Z' or at[1] != c'"':
        return NULL
    # Days since 1970, counted in years that begin in March: their months' first days follow one rule.
    if month <= 2:
        year, month = year - 1, month + 12
    days = 365 * <int64_t> year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day
    days -= 719_469
    record.processed_at = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
    return at + 2


cdef class Buffers:
    """Columns of several arrays, their ``rows`` one after the other, each as Arrow lays it out (Columnar format).

    ``texts``, and ``email_domain`` which is what follows the last @ in lower case: (validity, offsets, bytes,
    nulls). ``is_ascii``: whether all of them are; else ``email_domain`` is not in lower case throughout.
    """

    cdef readonly Py_ssize_t rows
    cdef readonly bytes ids
    cdef readonly bytes is_cached
    cdef readonly tuple processed_at
    cdef readonly dict texts
    cdef readonly tuple email_domain
    cdef readonly bint is_ascii


def buffers(list arrays not None):
    """Several `Scanned` as `Buffers`; raises `OverflowError` if they do not fit columns of 32-bit offsets."""
    cdef Buffers made = Buffers.__new__(Buffers)
    cdef Scanned each
    cdef Py_ssize_t size = 0
    made.is_ascii = True
    for each in arrays:
        if each is None:
            raise TypeError("what did not fit has no buffers")
        made.rows += each.rows
        size += len(each._body)
    if size > LONGEST:
        raise OverflowError("more than 2 GiB of bodies at once")
    made.ids, made.is_cached = _words(arrays, made.rows), _flags(arrays, made.rows)
    made.processed_at = _instants(arrays, made.rows)
    made.texts = {name: _texts(arrays, made, place) for place, name in enumerate(TEXT_NAMES)}
    made.email_domain = _domains(arrays, made)
    return made


cdef bytes _words(list arrays, Py_ssize_t rows):
    cdef bytes made = PyBytes_FromStringAndSize(NULL, 8 * rows)
    cdef int64_t* to = <int64_t*> PyBytes_AS_STRING(made)
    cdef Scanned each
    cdef Py_ssize_t row
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                to[row] = each._records[row].id
            to += each.rows
    return made


cdef bytes _bits(Py_ssize_t rows):
    """That many zero bits."""
    cdef bytes made = PyBytes_FromStringAndSize(NULL, (rows + 7) // 8)
    memset(PyBytes_AS_STRING(made), 0, len(made))
    return made


cdef bytes _flags(list arrays, Py_ssize_t rows):
    cdef bytes made = _bits(rows)
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(made)
    cdef Scanned each
    cdef Py_ssize_t row, to = 0
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                bits[to >> 3] |= each._records[row].is_cached << (to & 7)
                to += 1
    return made


cdef tuple _instants(list arrays, Py_ssize_t rows):
    cdef bytes made = PyBytes_FromStringAndSize(NULL, 8 * rows)
    cdef bytes validity = _bits(rows)
    cdef int64_t* values = <int64_t*> PyBytes_AS_STRING(made)
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(validity)
    cdef Scanned each
    cdef Py_ssize_t row, to = 0, nulls = rows
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                values[to] = each._records[row].processed_at
                bits[to >> 3] |= each._records[row].is_processed << (to & 7)
                nulls -= each._records[row].is_processed
                to += 1
    return validity, made, nulls


cdef tuple _texts(list arrays, Buffers made, int place):
    cdef bytes validity = _bits(made.rows)
    cdef bytes starts = PyBytes_FromStringAndSize(NULL, 4 * (made.rows + 1))
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(validity)
    cdef int32_t* offsets = <int32_t*> PyBytes_AS_STRING(starts)
    cdef Scanned each
    cdef Text* text
    cdef bytes joined
    cdef uint8_t* to
    cdef Py_ssize_t row, n = 0, nulls = 0, length = 0
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                text = &each._records[row].texts[place]
                offsets[n] = <int32_t> length
                length += text.length
                bits[n >> 3] |= (text.start != NULL) << (n & 7)
                nulls += text.start == NULL
                n += 1
    offsets[n] = <int32_t> length
    joined = PyBytes_FromStringAndSize(NULL, length)
    to = <uint8_t*> PyBytes_AS_STRING(joined)
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                text = &each._records[row].texts[place]
                if text.start != NULL:
                    memcpy(to, text.start, text.length)
                    to += text.length
    made.is_ascii = made.is_ascii and joined.isascii()
    return validity, starts, joined, nulls


cdef tuple _domains(list arrays, Buffers made):
    cdef bytes validity = _bits(made.rows)
    cdef bytes starts = PyBytes_FromStringAndSize(NULL, 4 * (made.rows + 1))
    cdef uint8_t* bits = <uint8_t*> PyBytes_AS_STRING(validity)
    cdef int32_t* offsets = <int32_t*> PyBytes_AS_STRING(starts)
    cdef bytes emails = made.texts["email"][2]
    cdef bytes joined = PyBytes_FromStringAndSize(NULL, len(emails))
    cdef uint8_t* to = <uint8_t*> PyBytes_AS_STRING(joined)
    cdef uint8_t* first = to
    cdef Scanned each
    cdef Text* email
    cdef const uint8_t* after
    cdef const uint8_t* end
    cdef Py_ssize_t row, n = 0, nulls = 0
    for each in arrays:
        with nogil:
            for row in range(each.rows):
                email = &each._records[row].texts[0]
                end = after = email.start + email.length
                while after > email.start and (after - 1)[0] != c'@':
                    after -= 1
                if after == email.start:
                    after = end
                offsets[n] = <int32_t> (to - first)
                bits[n >> 3] |= (after < end) << (n & 7)
                nulls += after == end
                while after < end:
                    to[0] = after[0] + 32 * (c'A' <= after[0] <= c'Z')
                    to += 1
                    after += 1
                n += 1
    offsets[n] = <int32_t> (to - first)
    return validity, starts, joined, nulls
