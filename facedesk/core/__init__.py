"""Rules: standard library and numpy only, no input or output, time is an argument."""
