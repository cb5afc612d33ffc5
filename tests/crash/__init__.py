"""Proof by breaking things: whatever befalls a sync, a destination holds whole jobs, and the next one heals.

Read in this order: `world` (an API that changes), `outside_readers` (a destination as a BI tool sees it),
`checks` (what must be true of it), `watching` (a reader beside the writer), `interruptions`, `steps`,
`killable_sync` (a sync that is struck in the middle of its work), `places`, `trial` (all of it together);
then the tests, `test_kills` first.

The short form, which a plain ``pytest`` runs, strikes some seventy syncs. The long form strikes as many as
asked, for each kind of destination, each scenario and each way to choose the moment, or before every step if
there are fewer: ``ECORE_TEST_KILLS=200 pytest tests/crash``. ``ECORE_TEST_SEED=8`` chooses other moments.
"""
