"""Faults where they really happen: a process whose calls on a data folder fail or are its last, one after another."""
