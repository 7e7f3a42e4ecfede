"""`python -m cnn_core.training RUN_FOLDER`: train from scratch what its config.json says, or go on with it.

The same program as `python -m cnn_core.transfer`: the job's name in config.json says what is done.
"""

import sys

from cnn_core.transfer.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
