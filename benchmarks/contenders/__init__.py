"""Those who do the work, each a script run as a fresh process: ``python -m benchmarks.contenders.NAME``.

In: the API's address, where to write, and how much there is, as `asked` reads it. Out: rows in that place.
"""
