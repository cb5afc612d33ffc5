"""What an earlier version wrote is opened, synced and read by every later one.

Read in this order: `account` (the API that both talk to), `write` (how the files in ``written_by_0_1`` were
made; a release adds a folder of its own and never rewrites an old one), `places` (a copy of them, opened),
then the tests.
"""
