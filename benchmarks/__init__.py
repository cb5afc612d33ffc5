"""Benchmarks: ecore-export beside the bare floor, plain pandas and dlt, on the same work in one go.

Run from the project's folder with ``python -m benchmarks``; see ``benchmarks/README.md``. Nothing here is
part of the installed package.
"""
