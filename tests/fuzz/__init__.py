"""Hostile files: every format that comes from outside, changed at random.

    nice python -m tests.fuzz --inputs 100000

prints, a line a format, how many inputs were read, accepted and refused, and how long the slowest
took. Anything but a FaceDeskError ends the run and shows the input.
"""
