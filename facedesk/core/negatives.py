"""Memory of mistakes: faces that were taken for somebody and were not ("not me").

Such a face, a *negative*, belongs to the person whose name it was wrongly given. A later face that
is nearer to it than to the person's own samples is probably the same stranger again and gets no
name, whatever the threshold says. The person's own faces are nearer to their samples: a negative
costs them nothing unless it is really a face of theirs, which is why negatives can be seen, removed
and expire by themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facedesk.core.records import Vector


@dataclass(frozen=True, slots=True)
class Negatives:
    """``vectors`` float32 (n, d) of unit length, of the gallery's contract; ``person_ids`` int64
    (n,) whose name each was wrongly given.
    """

    vectors: Vector
    person_ids: NDArray[np.int64]

    def nearest(self, person_id: int, probe: Vector) -> float:
        """The highest cosine of ``probe`` (d,) to a face that was not this person; -1.0 for none.

        Raises ValueError when the dimensions differ.
        """
        own = self.person_ids == person_id
        if not own.any():
            return -1.0
        return float((self.vectors[own] @ probe).max())


NO_NEGATIVES = Negatives(np.empty((0, 0), np.float32), np.empty(0, np.int64))
