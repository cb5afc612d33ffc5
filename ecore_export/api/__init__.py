"""The wire: a path and parameters in, a parsed body or an error of `errors` out.

``http``: authentication, retries, budgets, status -> error; ``exchange``: one request over an
`httpx.Client` and its whole answer; ``clients``: the client of our own; ``pause``: what all requests wait
for after 429 and 503.
"""

from .http import Api, Traffic

__all__ = ["Api", "Traffic"]
