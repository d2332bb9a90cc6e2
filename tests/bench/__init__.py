"""The benchmark: ``make bench``, with ``ARGS="--help"`` for its options.

It starts embedded Postgres and Valkey with fresh data and the real server, records an activity of
each of 100,000 players, runs one row after the other, and compares the database with what was
answered. What to know about the figures:

- **CPU µs an operation** is the figure to compare. Everything shares the machine, the load
  generator too, so operations a second say as much about the neighbours. It counts all that
  serves, in trees of processes with their ended children: the workers and their parent, Postgres
  with its background processes, Valkey. The generator is measured apart.
- The generator is one process that speaks HTTP/2 itself (``h2.py``) and keeps a number of calls
  under way, over at least four connections a worker. It costs about 10 µs a call where grpcio's
  clients cost 40 to 160. A row says when the generator was what limited it.
- A row warms up first. Rows that only read follow a VACUUM, or they would pay for the writes of
  the rows before.
- Windows of 60 s and more have a checkpoint in them; claims need those, and ``--repeat 3``.
- What a row's players need (a full board, coins, items, open trades) is made before it, by the
  server itself and unmeasured: ``economy/`` and ``session.py``. The checks at the end count it too.
- Call latencies are those of the answers within the window; a batch is one call.
"""
