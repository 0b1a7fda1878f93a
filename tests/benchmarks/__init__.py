"""What the tool costs, as ratios that hold on any machine. Not collected by pytest.

    python -m tests.benchmarks                all of it, some five minutes
    python -m tests.benchmarks --rounds 3     fewer rounds, more noise
    python -m tests.benchmarks --only apply   one case, as they are listed below
    python -m tests.benchmarks --peers        decK and octoDNS, where they are installed

Every figure is a whole process, started cold, by the wall clock. What is compared runs in turns (A B A B …),
so that a slow minute of the machine hits both sides; the table has each round's ratio: least, median, greatest.
The exit code is 1 where a median misses its target.

    validate   `reconciler validate` of 10,000 templates in 100 files, and in 10,000 files, against a program that
               parses the same files with libyaml's loader, checks them with one compiled JSON Schema, and no more
    plan       `reconciler plan` of the same templates, all of them live already, against the same program; the
               loopback tenant (`tenant.py`) counts the requests: a token and the pages of three lists
    apply      `reconciler apply --yes --concurrency 50` of 1,000 templates to approve and register, on a tenant that
               answers 50 ms after a request has arrived, against requests x 50 ms / 50, and against as many requests
               by httpx alone (`bare.py`)
    waiting    a plan where each page takes 50 ms, against the longer of these waits and a plan without them
    limited    an apply where 100 requests a second are taken, found from refusals and from headers, in the time from
               the first request about a template to the last
    large      a plan of 100,000 templates against one of 10,000, and its peak
    memory     what 9,000 more templates add to the peak, per template
    long       a plan with nothing to do and an apply of one change, 1,000 templates over a log of 100,000 records
               (`--records 1000000` for more) against the same without a log; and a report of its last month
    whole      `audit verify --all` of the same log
    start      `--version` and `--help` against `python -c pass`

`growth.py` measures a plan over growing logs, here and in an older checkout, and draws it; README.md has figures.
"""
