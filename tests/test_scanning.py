"""The compiled way into records takes what the API sends, and nothing that is otherwise by the structs."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_api import job_json, page_json, record_json

from ecore_export import scanning
from ecore_export.decode import Decoder
from ecore_export.errors import MalformedBodyError, PayloadError
from ecore_export.payloads import TAKEN_OUT
from ecore_export.sandbox.service import Sandbox
from ecore_export.scanning import bare_array, parted, scanned_rows

record_scanner = pytest.importorskip(
    "ecore_export.record_scanner",
    reason="not compiled: install gcc and Python's headers, then ecore-export anew",
)

patient = settings(deadline=None, max_examples=400)


def text_of(payload, **how):
    return json.dumps(payload, ensure_ascii=False, **how).encode("utf-8", "surrogatepass")


def compact(payload):
    """JSON as the API's framework writes it."""
    return text_of(payload, separators=(",", ":"))


@contextmanager
def without_scanner():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "_scanner", None)
        yield


def row_of(**changes):
    """The row of a record that was scanned; fails if it was not."""
    page = parted(compact(page_json([record_json(9, **changes)])), b"results")
    assert page is not None
    return scanned_rows([page.records]).to_pylist()[0]


def is_scanned(text):
    return bare_array(text.encode()) is not None


RECORD = json.dumps(record_json(1))


# --- the same, or not at all ------------------------------------------------------------------------------

texts = st.text(max_size=12) | st.sampled_from(
    ["", "a@B.Example", "ü@Ä.example", "@", "a@", "x\\", 'q"', "\x7f"]
)
instants = st.sampled_from(
    ["2026-05-06T11:42:08.913Z", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "2026-05-06T24:00:00Z"]
) | st.from_regex(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,7})?Z", fullmatch=True
)
records = st.fixed_dictionaries(
    {
        "id": st.integers(-(2**64), 2**64) | st.floats(allow_nan=False),
        "ec_id": st.none() | texts,
        "email": texts,
        "status": texts | st.just("Valid"),
        "validator_used": st.none() | texts,
        "is_cached": st.booleans(),
        "error_message": st.none() | texts,
        "processed_at": st.none() | instants,
    }
)
shuffled = records.flatmap(lambda record: st.permutations(sorted(record.items()))).map(dict)
pages = st.builds(
    text_of,
    st.lists(records | shuffled, max_size=3).map(page_json),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]),
)
SNIPPETS = [
    b"",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"\xff",
    b"\xc3",
    b"\0",
    b"0",
    b"-",
    b" ",
    b'"id":',
]


@st.composite
def damaged(draw, bodies):
    """A body with some bytes of it replaced."""
    body = draw(bodies)
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(body)))
        body = body[:start] + draw(st.sampled_from(SNIPPETS)) + body[start + draw(st.integers(0, 4)) :]
    return body


def reading(read, body):
    """Everything that reading a body shows."""
    decoder = Decoder()
    try:
        page = read(decoder, body)
    except (MalformedBodyError, PayloadError) as error:
        return type(error), str(error)
    return page.rows.schema, page.rows.to_pylist(), page.faults, decoder.drift.notes()


@patient
@given(damaged(pages))
def test_a_page_is_the_same_with_the_scanner_as_without(body):
    with_it = reading(lambda decoder, b: decoder.records_page(7, b), body)
    with without_scanner():
        assert with_it == reading(lambda decoder, b: decoder.records_page(7, b), body)


@patient
@given(damaged(st.lists(records, max_size=3).map(compact)))
def test_a_download_is_the_same_with_the_scanner_as_without(body):
    with_it = reading(lambda decoder, b: decoder.download(7, b), body)
    with without_scanner():
        assert with_it == reading(lambda decoder, b: decoder.download(7, b), body)


jobs = st.builds(
    lambda records, completed_at: compact(job_json(4, completed_at=completed_at) | {"records": records}),
    st.lists(records, max_size=2),
    st.sampled_from(["2026-05-06T11:43:17.880Z", None, "soon"]),
)


@patient
@given(st.lists(damaged(jobs), max_size=3))
def test_statuses_are_the_same_with_the_scanner_as_without(bodies):
    def read(decoder, _):
        return decoder.statuses([decoder.status_body(4, body) for body in bodies])

    with_it = reading(read, None)
    with without_scanner():
        assert with_it == reading(read, None)


def test_one_body_that_does_not_fit_is_read_with_those_that_do():
    records = [record_json(1, email="tab\there@example.com")], [record_json(2)], []
    decoder = Decoder()
    bodies = [decoder.status_body(n, compact(job_json(n) | {"records": r})) for n, r in enumerate(records)]
    assert [body.scanned is None for body in bodies] == [True, False, False]
    statuses = decoder.statuses(bodies)
    assert statuses.lengths == (1, 1, 0)
    assert statuses.rows.column("email")[0].as_py() == "tab\there@example.com"


# --- it takes what the API sends --------------------------------------------------------------------------


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_what_the_sandbox_sends_is_scanned(separators):
    sandbox = Sandbox()
    for job_id in sandbox.job_ids[:40]:
        for part, key in (("records/", b"results"), ("", b"records")):
            path = f"/backend/api/v1/email-validation/jobs/{job_id}/{part}"
            answer = sandbox.handle("GET", path, "", {"authorization": f"Token {sandbox.token}"})
            assert answer.status == 200
            assert parted(text_of(json.loads(answer.body), separators=separators), key) is not None


def test_texts_beyond_ascii_are_scanned():
    row = row_of(email="jürgen@BÜCHER.example", error_message="naïve ☃ 𝄞", ec_id="")
    assert row["email_domain"] == "bücher.example"
    assert (row["error_message"], row["ec_id"]) == ("naïve ☃ 𝄞", "")


@pytest.mark.parametrize(
    ("email", "domain"),
    [("a@B.Example", "b.example"), ("a", None), ("a@", None), ("", None), ("@x", "x"), ("a@b@C", "c")],
)
def test_the_domain_is_what_follows_the_last_at(email, domain):
    assert row_of(email=email)["email_domain"] == domain


def test_every_day_and_any_fraction_is_the_instant_that_it_says():
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    days = [
        datetime(year, 1, 1, tzinfo=UTC) + timedelta(n)
        for year in (1, 1600, 1900, 1970, 2024, 2100, 9998)
        for n in range(366)
    ]
    moments = [
        day + timedelta(hours=n % 24, seconds=59 + n % 2, microseconds=n) for n, day in enumerate(days)
    ]
    said = [moment.isoformat(timespec="microseconds").replace("+00:00", "Z") for moment in moments]
    array = bare_array(compact([record_json(n, processed_at=text) for n, text in enumerate(said)]))
    found = scanned_rows([array]).column("processed_at").cast("int64").to_pylist()
    assert found == [(moment - epoch) // timedelta(microseconds=1) for moment in moments]


# --- and nothing else -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        *(
            ("id", each)
            for each in ("01", "-", "1.0", "1e3", "9223372036854775808", "true", "null", '"1"', "+1")
        ),
        *(("email", each) for each in ("null", '"a\\u0062"', '"a\tb"', '"a', "1", "[]")),
        *(("is_cached", each) for each in ("null", "1", "True", "tru", '"true"')),
        *(("ec_id", each) for each in ("nul", "5", "{}", "NULL")),
        *(
            ("processed_at", f'"{each}"')
            for each in (
                *(
                    "2026-02-30T00:00:00Z",
                    "2026-02-29T00:00:00Z",
                    "1900-02-29T00:00:00Z",
                    "2026-04-31T00:00:00Z",
                ),
                *(
                    "2026-13-01T00:00:00Z",
                    "2026-00-01T00:00:00Z",
                    "2026-01-00T00:00:00Z",
                    "0000-01-01T00:00:00Z",
                ),
                *(
                    "2026-01-01T24:00:00Z",
                    "2026-01-01T00:60:00Z",
                    "2026-01-01T00:00:60Z",
                    "2026-01-01T00:00:00",
                ),
                *(
                    "2026-01-01 00:00:00Z",
                    "2026-01-01T00:00:00.Z",
                    "2026-01-01T00:00:00.1234567Z",
                    "2026-01-01",
                ),
                *("2026-01-01T00:00:00+00:00", "2026-1-01T00:00:000Z", "", "2026-01-01T00:00:00z"),
            )
        ),
    ],
)
def test_a_value_of_another_form_is_not_scanned(name, literal):
    assert is_scanned(f"[{RECORD}]")
    other = json.dumps(record_json(1, **{name: "@@"})).replace('"@@"', literal)
    assert not is_scanned(f"[{other}]")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "{}",
            "[",
            "[]x",
            f"[{RECORD}",
            f"[{RECORD},]",
            f"[{RECORD} {RECORD}]",
            f"[{RECORD}] 1",
            "[{}]",
            "[null]",
        ),
        f"[{RECORD[:-1]}, }}]",
        f'[{RECORD[:-1]}, "new": 1}}]',
        f'[{RECORD[:-1]}, "id": 2}}]',
        "[" + RECORD.replace('"id": 1, ', "") + "]",
        "[" + RECORD.replace('"ec_id"', '"EC_ID"') + "]",
        "[" + RECORD.replace(": ", " ") + "]",
    ],
)
def test_anything_but_an_array_of_whole_records_is_not_scanned(text):
    assert not is_scanned(text)


def test_a_body_cut_off_anywhere_is_not_scanned():
    body = compact([record_json(1, email="ü@example.com"), record_json(2)])
    assert record_scanner.scan(body, 0).rows == 2
    assert [n for n in range(len(body)) if record_scanner.scan(body[:n], 0) is not None] == []


@pytest.mark.parametrize("start", [-1, 5, 2**40])
def test_a_place_beyond_the_body_is_not_scanned(start):
    assert record_scanner.scan(b"[]", start) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda page: {"more": {"results": page["results"]}} | page | {"results": []},
        lambda page: {"more": [{"results": page["results"]}]} | page,
        lambda page: page | {"results": TAKEN_OUT},
        lambda page: page | {"results": None},
        lambda page: {name: value for name, value in page.items() if name != "results"},
    ],
)
def test_only_the_array_of_the_outermost_object_is_taken(change):
    body = compact(change(page_json([record_json(1)])))
    for first in (None, compact(page_json([]) | {"more": 1})):  # "more" is let through after that
        with_it = shown(first, body)
        with without_scanner():
            assert with_it == shown(first, body)


def shown(first, body):
    decoder = Decoder()
    if first is not None:
        decoder.records_page(7, first)
    try:
        page = decoder.records_page(7, body)
    except PayloadError as error:
        return str(error)
    return page.count, page.rows.to_pylist()


@pytest.mark.parametrize("field", [{"meta": {"results": []}}, {"meta": {"records": [], "results": [{}]}}])
def test_a_further_field_with_an_array_of_that_name_costs_one_slow_body(field, monkeypatch):
    page, status = field | page_json([record_json(1)]), field | job_json(4) | {"records": [record_json(1)]}
    decoder = Decoder()
    for _ in range(2):
        assert decoder.records_page(7, compact(page)).rows.num_rows == 1
        assert decoder.statuses([decoder.status_body(4, compact(status))]).lengths == (1,)
        monkeypatch.setattr("ecore_export.explain.parse_exact", None)


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3"])
def test_a_status_that_is_not_utf_8_is_malformed_while_it_can_be_asked_for_again(bad):
    body = compact(job_json(4) | {"records": [record_json(1, email="a@@b.example")]}).replace(b"@@", bad)
    with pytest.raises(MalformedBodyError):
        Decoder().status_body(4, body)


def test_the_number_that_stands_for_an_array_is_none_when_the_body_holds_it():
    for text in (b'{"results":[],"results":%d}', b'{"more":{"results":[]},"results":%d}'):
        assert parted(text % TAKEN_OUT, b"results") is None
