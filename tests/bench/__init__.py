"""The benchmarks: ``./test --bench``. Every limit stands beside what it is compared with, measured in the same run."""
