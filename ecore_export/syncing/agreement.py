"""What a destination and a run agree on before anything is written: lock, privacy mode, what was pruned.

In: the destination's entries about itself, options, a key. Out: the `Privacy` of the run.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ..destinations import Destination, read_meta, read_suppressed, write_meta
from ..errors import SettingsError
from ..privacy import MODES, PiiMode, Privacy
from ..settings import Secret

MODE_ENTRY, FINGERPRINT_ENTRY = "privacy_mode", "privacy_key_fingerprint"
ERASURE_KEY_ENTRY, PRUNED_ENTRY = "erasure_key", "records_pruned_before"
LOCK_TIMEOUT_S = 10.0


def agreed_privacy(destination: Destination, asked: PiiMode | None, key: Secret | None) -> Privacy:
    """The destination's privacy, or the one asked for where it was never written. Writes nothing.

    Raises `SettingsError` when another mode is asked for than the destination has, or another key is given.
    """
    entries = read_meta(destination)
    stored = entries.get(MODE_ENTRY)
    mode = asked or stored or "keep"
    if stored is not None and mode != stored:
        raise SettingsError(
            f"the destination holds addresses in the mode --pii {stored}, not {mode}: leave --pii out, "
            "or export to another destination"
        )
    if mode == "hash" and key is None:
        raise SettingsError("--pii hash needs a key: set ECORE_PII_KEY to a long random text and keep it")
    erased = read_suppressed(destination)
    erasure_key = Secret(entries.get(ERASURE_KEY_ENTRY, ""))
    for candidate in _candidates(key) if mode == "hash" else [None]:
        privacy = Privacy(mode=_mode(mode), key=candidate, erased=erased, erasure_key=erasure_key)
        if entries.get(FINGERPRINT_ENTRY, privacy.fingerprint()) == privacy.fingerprint():
            return privacy
    raise SettingsError("ECORE_PII_KEY is not the key that the destination's hashes were made with")


def _candidates(key: Secret | None) -> list[Secret | None]:
    """The key without blanks and line breaks around it, then as it was given: version 0.1 took it so."""
    return [None] if key is None else [Secret(key.reveal().strip()), key]


def record_privacy(destination: Destination, privacy: Privacy) -> None:
    """Write down the privacy of a destination, where it is not."""
    entries: dict[str, str] = {MODE_ENTRY: privacy.mode}
    if (fingerprint := privacy.fingerprint()) is not None:
        entries[FINGERPRINT_ENTRY] = fingerprint
    if not entries.items() <= read_meta(destination).items():
        write_meta(destination, entries)


def pruned_before(destination: Destination, account: str) -> datetime | None:
    """Records of the account's jobs created before this were removed; None if none were."""
    entries = read_meta(destination)
    texts = [entries[name] for name in (PRUNED_ENTRY, _pruned_entry(account)) if name in entries]
    return max(map(datetime.fromisoformat, texts), default=None)


def remember_pruned(destination: Destination, before: datetime, account: str | None) -> None:
    """Later syncs leave out records of jobs created before that; of all accounts if ``account`` is None."""
    name = PRUNED_ENTRY if account is None else _pruned_entry(account)
    earlier = read_meta(destination).get(name)
    if earlier is None or datetime.fromisoformat(earlier) < before:
        write_meta(destination, {name: before.astimezone(UTC).isoformat()})


def _pruned_entry(account: str) -> str:
    return f"{PRUNED_ENTRY}:{account}"


def _mode(text: str) -> PiiMode:
    for mode in MODES:
        if text == mode:
            return mode
    raise SettingsError(f"--pii is one of {', '.join(MODES)}, not {text}")
