"""Who is learned from, who sets the operating point, who is only measured.

A person is on one side everywhere.

NUAA's people by their numbers (Tan et al., "Face liveness detection from a single image with
sparse low rank bilinear discriminative model", ECCV 2010), Intel's sample videos by the person who
is seen in them, LFW's by a hash of the name.
"""

import zlib

LEARN_NUAA = frozenset({"0003", "0006", "0007", "0012", "0013", "0016"})
TUNE_NUAA = frozenset({"0004", "0014"})
CHECK_NUAA = frozenset({"0001", "0002", "0005", "0008", "0009", "0010", "0011", "0015"})

# The names of the clips; two people to learn from, three to measure.
LEARN_CLIPS = frozenset(
    {"again", "brother", "help", "no", "student", "yes", "book", "learn", "school", "walk"}
)
CHECK_CLIPS = frozenset(
    {"bird", "milk", "please", "sorry", "thanks", "eat", "night", "sister", "hungry", "want"}
)


def learn_name(name: str) -> bool:
    """Whether an LFW person is learned from: three of four are."""
    return zlib.crc32(name.encode()) % 4 != 0
