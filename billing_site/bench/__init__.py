"""Benchmarks: one thing measured on a generated company, beside its limit from the same run."""
