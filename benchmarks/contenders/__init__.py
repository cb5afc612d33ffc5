"""Those who do the work, each a fresh process: ``python -m benchmarks.contenders MODULE:FUNCTION``.

In: the API's address, where to write, and how much there is. Out: rows in that place.
"""
