"""How much of a change to the code the tests notice: ``python -m tests.mutation --help``. It needs cosmic-ray.

A sample of the small changes that cosmic-ray knows is made to a copy of this checkout, one at a time, and the tests of
the room run over each. The checkout itself is never touched. Not a part of CI: a change costs seconds.
"""
