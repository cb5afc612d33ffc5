"""The commands of ``python -m benchmarks``: parse, measure, print. Called by ``__main__``."""
