"""What the bot promises in figures, measured: `make bench`, or `python -m benchmarks`."""
