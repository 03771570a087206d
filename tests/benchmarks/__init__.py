"""What forwarding costs: `make bench`, or `python -m tests.benchmarks`."""
