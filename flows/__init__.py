"""Orchestration only: when the verbs of :mod:`yardwatch.operations` run, how often they are tried, what is shown."""
