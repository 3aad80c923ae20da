"""`python -m facedesk` is the command line."""

from facedesk.cli import main

if __name__ == "__main__":
    main()
