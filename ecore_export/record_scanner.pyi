"""Types of the compiled module `record_scanner`; what they are for stands in ``record_scanner.pyx``."""

TEXT_NAMES: tuple[str, ...]

class Scanned:
    rows: int
    end: int
    size_bytes: int

    def statuses(self) -> set[str]: ...

class Buffers:
    rows: int
    ids: bytes
    is_cached: bytes
    processed_at: tuple[bytes, bytes, int]
    texts: dict[str, tuple[bytes, bytes, bytes, int]]
    email_domain: tuple[bytes, bytes, bytes, int]
    is_ascii: bool

def scan(body: bytes, start: int) -> Scanned | None: ...
def buffers(arrays: list[Scanned]) -> Buffers: ...
