"""The sub-commands of the command line, one module a topic; `cli` loads them when they are used."""
