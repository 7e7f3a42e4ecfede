"""Keras imported without what it takes along for galleries of pictures and for tables, which no child process needs.

Wherever they are installed, Keras imports matplotlib, pandas and OpenCV: a fifth of the time of its import, and
100 MB.
"""

import importlib
import sys

_LEFT_OUT = ("matplotlib", "pandas", "cv2")


def import_keras_alone() -> None:
    """Import Keras; what it is kept from can be imported as usual afterwards.

    For processes of one thread: another one could not import these libraries meanwhile.
    """
    left_out = [name for name in _LEFT_OUT if name not in sys.modules]
    # Python takes None for a module that is not installed.
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]
    try:
        importlib.import_module("keras")
    finally:
        for name in left_out:
            del sys.modules[name]
