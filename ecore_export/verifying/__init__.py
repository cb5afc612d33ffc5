"""What is stored against what the API says: every job and every record, one by one.

Read in this order: `facts` (what a job says of itself), `rows` (its records), `jobs`, `verify` (one run).
"""

from .verify import VerifyResult, verify

__all__ = ["VerifyResult", "verify"]
