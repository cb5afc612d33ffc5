"""A local eCore API with made-up data, to try, test and demonstrate everything without an account.

In: a seed, or jobs as a test wants them. Out: answers as the API reference promises them, in process
(`Sandbox.transport`) or on a port (`serve`). Addresses are of reserved domains only. Read in this order:
`people`, `jobs`, `records`, `account`, `world`, `answers`, `faults`, `service`, `server`.
"""

from .answers import Response
from .faults import Fault, parse_fault
from .jobs import JobSpec
from .server import Address, serve
from .service import BASE_PATH, Sandbox, SandboxOptions

__all__ = [
    "BASE_PATH",
    "Address",
    "Fault",
    "JobSpec",
    "Response",
    "Sandbox",
    "SandboxOptions",
    "parse_fault",
    "serve",
]
