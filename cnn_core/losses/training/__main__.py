"""`python -m cnn_core.losses.training RUN_FOLDER`: compare the losses that its config.json names, or go on with it.

The same program as `python -m cnn_core.transfer`: the job's name in config.json says what is done.
"""

import sys

from cnn_core.transfer.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
