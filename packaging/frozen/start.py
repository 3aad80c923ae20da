"""What both built programs start: `facedesk-gui` is the window, `facedesk` the command line."""

import sys
from pathlib import Path

from facedesk.cli import gui_main, main

if Path(sys.argv[0]).stem == "facedesk-gui":
    gui_main()
else:
    main()
