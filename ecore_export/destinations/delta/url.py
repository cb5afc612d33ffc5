"""The URL of a Delta destination: a local folder, or a prefix in an object store.

In: a URL as a user writes it. Out: a `Place`, whose parts hold no secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import SettingsError

STORES = {
    "s3": "s3://BUCKET/PREFIX",
    "s3a": "s3://BUCKET/PREFIX",
    "az": "az://CONTAINER/PREFIX",
    "abfs": "abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX",
    "abfss": "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PREFIX",
    "gs": "gs://BUCKET/PREFIX",
}
"""The object stores, each with how its URL is written."""

_STORE_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CREDENTIALS = (
    "credentials come from the platform's own chain: AWS_ACCESS_KEY_ID and its kin, a profile or an "
    "instance's role; AZURE_STORAGE_ACCOUNT_NAME and its kin; GOOGLE_APPLICATION_CREDENTIALS"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tables lie. ``root``: an absolute path, or a URL without a slash at its end."""

    root: str
    is_local: bool

    @classmethod
    def of(cls, url: str) -> Place:
        """The place that a ``delta:`` URL names; raises `SettingsError`."""
        rest = url.partition(":")[2]
        if found := _STORE_URL.fullmatch(rest):
            return cls(_store_root(found[1].lower(), found[2]), is_local=False)
        return cls(str(_local_path(rest)), is_local=True)

    @property
    def path(self) -> Path:
        """The folder, where it is a local one."""
        return Path(self.root)

    @property
    def bucket(self) -> str | None:
        """The URL of the bucket, without the prefix in it; None for a folder."""
        return None if self.is_local else "/".join(self.root.split("/")[:3])

    def table(self, name: str) -> str:
        """Where a table lies."""
        return f"{self.root}/{name}"


def _store_root(scheme: str, rest: str) -> str:
    if scheme not in STORES:
        raise SettingsError(
            "a Delta destination is a local folder or an object store: write delta:PATH, "
            "delta:s3://BUCKET/PREFIX, delta:az://CONTAINER/PREFIX or delta:gs://BUCKET/PREFIX"
        )
    bucket, _, prefix = rest.partition("/")
    name, _, host = bucket.partition("@")
    is_whole = bool(_BUCKET.fullmatch(name)) and (
        not host if not scheme.startswith("abfs") else bool(_BUCKET.fullmatch(host))
    )
    if not is_whole or any(sign in rest for sign in "?#\0"):
        # without the URL: there may be a key in it
        raise SettingsError(
            "the URL of the Delta destination names a bucket and a prefix alone: write "
            f"delta:{STORES[scheme]}; {_CREDENTIALS}"
        )
    return f"{scheme}://{bucket}/{prefix}".rstrip("/")


def _local_path(rest: str) -> Path:
    """The absolute path of a local folder."""
    if rest.startswith("//") and not rest.startswith("///"):
        raise SettingsError(
            "a local Delta destination is a folder: write delta:PATH or delta:///ABSOLUTE/PATH"
        )
    path = re.sub(r"^///+", "/", rest)
    if not path or "\0" in path:
        raise SettingsError(
            "the Delta destination names no folder: write delta:PATH or delta:s3://BUCKET/PREFIX"
        )
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError("~ in the Delta destination has no home folder: write the whole path") from error
