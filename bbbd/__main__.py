"""``python -m bbbd``: runs the server, as ``bbbd run`` does."""

import sys

from bbbd.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
