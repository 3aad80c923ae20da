"""Runtime hook, run before the program: an empty stand-in for matplotlib.

mediapipe's drawing helpers import it when the package is imported, and nothing of FaceDesk draws
with them. The real one would add 80 MB and half a second.
"""

import sys
from types import ModuleType

for name in ("matplotlib", "matplotlib.pyplot"):
    sys.modules[name] = ModuleType(name)
sys.modules["matplotlib"].__dict__["pyplot"] = sys.modules["matplotlib.pyplot"]
