"""What erasing finds and what later syncs keep out are the same set, in every text, on every destination."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pytest
from destination_rows import (
    SEEN,
    Row,
    history_row,
    make_job,
    publish,
    read_job_rows,
    read_record_rows,
    record_row,
    reject_row,
    to_table,
)
from hypothesis import given
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.addresses import PLACEHOLDER, forms, masked, one_address, pieces
from ecore_export.cli import main
from ecore_export.destinations import (
    Destination,
    open_destination,
    read_history,
    read_rejects,
    read_suppressed,
    write_rejects,
)
from ecore_export.errors import DestinationBusyError
from ecore_export.privacy import BLANKED, JOB_TEXTS, RECORD_TEXTS, Privacy, address_hash
from ecore_export.settings import Secret
from ecore_export.syncing import erase, prune
from ecore_export.syncing.changes import Stamp, changes
from ecore_export.syncing.runs import agreed_privacy, pruned_before

pytestmark = pytest.mark.thorough

ADDRESSES = (
    "jane@example.com",
    "Jane.Doe+news@example.org",
    "o'brien@example.com",
    "_x=y{z}@sub.example.net",
    "jörg@example.com",
    "ÉMILE@example.com",
    "οδός@example.com",
    "info@bücher.example",
    "info@xn--bcher-kva.example",
    '"john smith"@example.com',
    "jane@[192.0.2.1]",
    "jane@[IPv6:2001:db8::1]",
)
OTHERS = ("xjane@example.com", "jane@example.comx", "jane@other.example.com.invalid", "no address", "a @ b")
AROUND = (
    "",
    " ",
    ".",
    "=",
    "!",
    "?",
    "'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ";",
    ":",
    "/",
    "&",
    "-",
    "\n",
)


def spellings(address: str) -> Iterator[str]:
    """Ways in which one address is written."""
    local, _, domain = address.rpartition("@")
    yield from (address, address.lower(), unicodedata.normalize("NFD", address))
    yield from (unicodedata.normalize("NFC", address), quote(address), json.dumps(address)[1:-1])
    yield from (f"{local}&#64;{domain}", f"{local}\\u0040{domain}", f"{local}%40{domain}")
    if "ς" not in address:
        yield address.upper()
    if "bücher" in domain or "xn--" in domain:
        yield from (f"{local}@bücher.example", f"{local}@xn--bcher-kva.example")


def told(chance: random.Random, address: str) -> str:
    """A text around an address."""
    spelt = chance.choice([*spellings(address)])
    before = "".join(chance.choices(AROUND, k=chance.randint(0, 4)))
    after = "".join(chance.choices(AROUND, k=chance.randint(0, 4)))
    if "%" in spelt:
        after = " " + after  # else what follows would be read as part of the escape
    return f"re {before}{spelt}{after} no."


def text(chance: random.Random, address: str) -> str:
    return (
        told(chance, address)
        if chance.random() < 0.6
        else f"of {chance.choice(OTHERS)}, the {chance.random()}"
    )


def record(chance: random.Random, job: Row, number: int, address: str) -> Row:
    email = chance.choice(
        [*spellings(address), f"<{address}>", f" {address}\n", "ann@example.org", "xjane@example.com"]
    )
    texts = {name: text(chance, address) for name in RECORD_TEXTS}
    return record_row(job, number, **{**texts, "email": email})


def test_an_address_that_is_the_end_of_another_takes_texts_but_no_record_of_it(
    destination: Destination,
) -> None:
    job = make_job(1, [], list_name="ask anne.smith@example.com")
    emails = ("smith@example.com", "anne.smith@example.com")
    rows = [record_row(job.row, n, email=email, error_message=None) for n, email in enumerate(emails, 1)]
    publish(destination, make_job(1, rows, list_name="ask anne.smith@example.com"))
    erase(destination, ["smith@example.com"])
    assert [row["email"] for row in read_record_rows(destination)] == [None, "anne.smith@example.com"]
    assert "smith" not in (read_job_rows(destination)[0]["list_name"] or "")


@pytest.mark.parametrize("seed", range(3))
def test_what_erasing_blanks_is_what_later_syncs_would_store(destination: Destination, seed: int) -> None:
    chance = random.Random(seed)
    jobs, history, rejects = [], [], []
    for number, address in enumerate(ADDRESSES, 1):
        about = {name: text(chance, address) for name in JOB_TEXTS}
        job = make_job(number, [], **about)
        rows = [record(chance, job.row, n, address) for n in range(1, 9)]
        jobs.append(make_job(number, rows, **about))
        history.append(history_row(jobs[-1].row, SEEN))
        raw = json.dumps(
            {"note": text(chance, address), "email": chance.choice([address, "ann@example.org"])}
        )
        rejects.append(reject_row(number, "note: text", raw=raw))
    publish(destination, *jobs, history=history)
    write_rejects(destination, to_table(schema.REJECTS, rejects))
    before = everything(destination)

    asked = [chance.choice([a, a.lower(), unicodedata.normalize("NFD", a)]) for a in ADDRESSES]
    looked = erase(destination, asked, dry_run=True)
    assert everything(destination) == before
    assert read_suppressed(destination) == frozenset()
    erased = erase(destination, asked)
    assert (erased.records, erased.texts, erased.found) == (looked.records, looked.texts, looked.found)

    privacy = agreed_privacy(destination, None, None)
    kept_out = {name: as_kept_out(privacy, name, rows) for name, rows in before.items()}
    after = everything(destination)
    assert after == kept_out
    assert not mentioned(after, ADDRESSES)
    assert mentioned(before, ADDRESSES)


def everything(destination: Destination) -> dict[str, list[Row]]:
    return {
        "records": read_record_rows(destination),
        "jobs": read_job_rows(destination),
        "job_history": read_history(destination, "default").to_pylist(),
        "rejects": read_rejects(destination, "default", only_open=False).to_pylist(),
    }


def as_kept_out(privacy: Privacy, name: str, rows: list[Row]) -> list[Row]:
    """The rows as a later sync would write them, if the API gave them again."""
    if name == "rejects":
        return [{**row, "raw": privacy.raw(row["raw"])} for row in rows]
    table = {t.name: t for t in schema.DATA_TABLES}[name]
    if name == "records":
        (batch,) = to_table(table, rows).combine_chunks().to_batches()
        return privacy.rows(batch).to_pylist()
    return privacy.facts(to_table(table, rows)).to_pylist()


def mentioned(tables: dict[str, list[Row]], addresses: tuple[str, ...]) -> set[str]:
    """The columns in whose texts one of the addresses stands, read without the code under test."""
    found = set()
    for name, rows in tables.items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, str) and any(stands_in(a, value) for a in addresses):
                    found.add(f"{name}.{column}")
    return found


def stands_in(address: str, value: str) -> bool:
    plain = unicodedata.normalize("NFC", value).lower()
    own = unicodedata.normalize("NFC", address).lower()
    at = plain.find(own)
    end = at + len(own)
    return at >= 0 and not plain[at - 1 : at].isalnum() and not plain[end : end + 1].isalnum()


@given(st.data())
def test_an_address_is_among_the_pieces_of_any_text_around_it(data: st.DataObject) -> None:
    address = data.draw(st.sampled_from(ADDRESSES))
    edge = st.text(st.characters(codec="utf-8", exclude_categories=["L", "N", "M", "Cs"]), max_size=5)
    before, after = data.draw(edge), data.draw(edge)
    noise = data.draw(st.text(max_size=30))
    text = f"{noise}{before or ' '}{address}{after.replace('%', ' ') or ' '}"
    assert set(forms(address)) & pieces(text)


@given(st.text(max_size=200))
def test_a_masked_text_has_no_piece_left(text: str) -> None:
    for one in (text, f"{text} jane@example.com {text}", f"{text}jane%40example.com{text}"):
        assert not pieces(masked(one))


@pytest.mark.parametrize("address", ADDRESSES)
def test_modes_without_addresses_mask_them_in_every_spelling(address: str) -> None:
    own = set(forms(address))
    for spelt in spellings(address):
        for text in (spelt, f"of {spelt}.", f"x='{spelt}'", f"<{spelt}>", f"mailto:{spelt}?", f"({spelt})"):
            for mode in ("hash", "drop"):
                privacy = Privacy(mode, Secret("a key for tests, long enough"))
                row = record_row(make_job(1).row, 1, **dict.fromkeys(RECORD_TEXTS, text))
                (batch,) = to_table(schema.RECORDS, [row]).to_batches()
                stored = privacy.rows(batch).to_pylist()[0]
                facts = privacy.facts(
                    to_table(schema.JOBS, [make_job(1, **dict.fromkeys(JOB_TEXTS, text)).row])
                )
                for name in RECORD_TEXTS:
                    assert not own & pieces(stored[name])
                    assert address.lower() not in stored[name].lower()
                for name in JOB_TEXTS:
                    assert address.lower() not in facts[name][0].as_py().lower()
                raw = privacy.raw(json.dumps({text: text}))
                assert not own & pieces(raw or "")


def test_an_address_erased_by_an_older_version_stays_out() -> None:
    key = Secret("k")
    for email in ("Jane@Example.com", "ÉMILE@example.com", "info@bücher.example"):
        privacy = Privacy("keep", None, frozenset({address_hash(key, email)}), key)
        (batch,) = to_table(schema.RECORDS, [record_row(make_job(1).row, 1, email=email)]).to_batches()
        assert all(privacy.rows(batch).to_pylist()[0][name] is None for name in BLANKED)


def test_ten_thousand_texts_are_looked_at_in_two_seconds() -> None:
    chance = random.Random(1)
    words = [f"{chance.random():.6f}"[2:] for _ in range(500)]
    texts = [
        f"{' '.join(chance.choices(words, k=20))} a.b.{n}@example.com, failed. " + "x" * 30
        for n in range(10_000)
    ]
    privacy = Privacy("keep", None, frozenset({"0" * 64}), Secret("k"))
    rows = pa.table({"list_name": texts, **dict.fromkeys(JOB_TEXTS[:1] + JOB_TEXTS[2:], [""] * 10_000)})
    begun = time.process_time()
    privacy.facts(rows)
    assert time.process_time() - begun < 2


def test_masking_a_stored_text_anew_is_no_change_of_the_facts() -> None:
    known = to_table(schema.JOBS, [make_job(1, list_name="of jane@example.com.").row])
    privacy = Privacy("drop")
    stamp = Stamp("default", "run-2", SEEN.replace(year=2027))
    facts = privacy.facts(known.select([column.name for column in schema.JOB_FACTS] + ["job_id"]))
    found = changes(known, facts, stamp, privacy.facts)
    assert found.history.num_rows == 0
    assert found.jobs["list_name"].to_pylist() == [f"of {PLACEHOLDER}."]
    assert found.jobs["changed_at"].to_pylist() == [SEEN]
    assert changes(found.jobs, facts, stamp, privacy.facts).jobs.num_rows == 0


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("jane@example.com", "jane@example.com"),
        ('"jane@example.com"', "jane@example.com"),
        ("jane@example.com,", "jane@example.com"),
        ("jane@example.com ;", "jane@example.com"),
        ("<jane@example.com>", "jane@example.com"),
        ("mailto:jane%2Bx@example.com", "jane+x@example.com"),
        ('"<mailto:jane@example.com>",', "jane@example.com"),
        ('"john smith"@example.com', '"john smith"@example.com'),
        ('"""john smith""@example.com"', '"john smith"@example.com'),
        ("jane@[192.0.2.1]", "jane@[192.0.2.1]"),
        ("jane@example.com;Jane", None),
        ("Jane <jane@example.com>", None),
        ("jane@example.com joe@example.com", None),
        ("jane@example.com,joe@example.com", None),
        ("jane@exa mple.com", None),
        ("\ufeffjane@example.com", None),
        ("email", None),
        ("@", None),
        ("", None),
    ],
)
def test_a_line_is_one_address_or_none(line: str, address: str | None) -> None:
    assert one_address(line) == address


def test_pruning_keeps_to_an_account_and_can_only_count(destination: Destination) -> None:
    for account in ("a", "b"):
        job = make_job(1, [], account=account)
        whole = make_job(1, [record_row(job.row, n) for n in (1, 2)], account=account)
        publish(destination, whole, account=account)
    later = SEEN.replace(year=2100)
    assert prune(destination, later, account="a", dry_run=True) == 2
    assert [len(read_record_rows(destination, account)) for account in ("a", "b")] == [2, 2]
    assert prune(destination, later, account="a") == 2
    assert [len(read_record_rows(destination, account)) for account in ("a", "b")] == [0, 2]
    assert (pruned_before(destination, "a"), pruned_before(destination, "b")) == (later, None)
    assert prune(destination, later) == 2


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_pruned_addresses_are_not_left_in_files(scheme: str, tmp_path: Path) -> None:
    opened = open_destination(f"{scheme}:///{tmp_path}/w.db")
    opened.ensure_schema()
    job = make_job(1, [])
    rows = [record_row(job.row, n, email=f"pruned.{n}@example.com") for n in range(500)]
    publish(opened, make_job(1, rows))
    prune(opened, SEEN.replace(year=2100))
    opened.close()
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert files
    assert not [path for path in files if b"pruned.7@example.com" in path.read_bytes()]


def test_erasing_beside_a_reader_says_that_the_file_still_holds_it(tmp_path: Path) -> None:
    opened = open_destination(f"sqlite:///{tmp_path}/w.db?timeout=0.2")
    opened.ensure_schema()
    publish(opened, make_job(1, 3))
    reader = sqlite3.connect(tmp_path / "w.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM records").fetchone()
    with pytest.raises(DestinationBusyError, match="old pages"):
        erase(opened, ["jane.1@example.com"])
    reader.close()
    assert erase(opened, ["jane.1@example.com"]).records == 0
    opened.close()
    assert b"jane.1@example.com" not in b"".join(path.read_bytes() for path in tmp_path.glob("w.db*"))


def test_a_duckdb_file_that_this_process_has_open_is_not_replaced(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    opened = open_destination(f"duckdb:///{tmp_path}/w.db")
    opened.ensure_schema()
    publish(opened, make_job(1, 3))
    with duckdb.connect(tmp_path / "w.db"):
        for remove in (lambda: erase(opened, ["jane.1@example.com"]), lambda: prune(opened, SEEN)):
            with pytest.raises(DestinationBusyError, match="this very process"):
                remove()
    assert read_suppressed(opened) == frozenset()
    assert erase(opened, ["jane.1@example.com"]).records == 1


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ("\ufeffjane.1@example.com\r\njane.2@example.com\r\n".encode(), 0, "erased 2 records"),
        ("jane.1@example.com\nnobody@example.com\n".encode("utf-16"), 0, "found nowhere: 1"),
        (b'"jane.1@example.com",\n<mailto:JANE.2@example.com>;\n', 0, "erased 2 records"),
        (b"jane.1@example.com\n\njane.2@example.com;Jane\n", 2, "line 3 "),
        ("jane.1@example.com\njos\u00e9@example.com\n".encode("latin-1"), 2, "line 2 "),
        (b"\n \n", 2, "no address on standard input"),
    ],
)
def test_a_list_of_addresses_is_read_rightly_or_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
    code: int,
    said: str,
) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    opened = open_destination(url)
    opened.ensure_schema()
    publish(opened, make_job(1, 3))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["erase", url, "-"]) == code
    output = "".join(capsys.readouterr())
    assert said in output
    assert "@" not in output
    if code:
        assert all(row["email"] for row in read_record_rows(opened))
        assert read_suppressed(opened) == frozenset()


def test_both_commands_can_only_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    opened = open_destination(url)
    opened.ensure_schema()
    publish(opened, make_job(1, 3))
    before = read_record_rows(opened)
    assert main(["erase", url, "jane.1@example.com", "nobody@example.com", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "addresses": 2,
        "records_erased": 1,
        "texts_erased": 0,
        "found_nowhere": 1,
        "dry_run": True,
    }
    assert main(["prune", url, "--records-before", "2100-01-01", "--account", "other", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would remove 0 records\n"
    assert main(["prune", url, "--records-before", "2100-01-01", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would remove 3 records\n"
    assert read_record_rows(opened) == before


def test_a_copy_that_may_hold_the_address_is_named_and_nothing_is_called_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"parquet:{tmp_path}/w"
    destination = open_destination(url)
    destination.ensure_schema()
    publish(destination, make_job(1, 2))
    (own,) = (tmp_path / "w/records").glob("*/part-00001.parquet")
    copy = own.with_name("part-00001 (1).parquet")
    copy.write_bytes(own.read_bytes())
    before = own.read_bytes()

    for command in (
        ["erase", url, "jane@example.com"],
        ["erase", url, "jane@example.com", "--dry-run"],
        ["prune", url, "--records-before", "2100-01-01"],
        ["forget", url, "--account", "default"],
    ):
        assert main(command) == 1
        assert copy.name in capsys.readouterr().err
    assert own.read_bytes() == before
    assert read_suppressed(destination) == frozenset()

    copy.unlink()
    assert main(["erase", url, "jane@example.com"]) == 0
