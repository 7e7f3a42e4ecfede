"""`predict.py`: a few lines that ask a trained network about photos, without this project."""

from cnn_core.exports.script_parts import IMPORTS, PACKAGES, READ, in_text

FILE = "predict.py"

_SCRIPT = '''\
"""Asks the network "{name}" what is in photos. Put it beside model.keras and labels.txt.

    python -m pip install {packages}
    python predict.py photo.jpg ...
"""

import sys
from pathlib import Path

{imports}
HERE = Path(__file__).parent
SIZE = {size}  # rows, columns


{read}

model = keras.saving.load_model(HERE / "model.keras", compile=False)
labels = (HERE / "labels.txt").read_text(encoding="utf-8").removesuffix("\\n").split("\\n")
for path in sys.argv[1:]:
    probabilities = model.predict(read(path)[None], verbose=0)[0]
    print(path)
    for k in np.argsort(-probabilities)[:5]:
        print(f"  {{probabilities[k]:7.2%}}  {{labels[k]}}")
'''


def predict_script(*, name: str, size: tuple[int, int]) -> str:
    """The script for a network.

    Args:
        name: of the run.
        size: rows and columns that the network takes.

    Example:
        >>> print(predict_script(name="cats and dogs", size=(96, 128)).splitlines()[0])
        \"\"\"Asks the network "cats and dogs" what is in photos. Put it beside model.keras and labels.txt.
        >>> "SIZE = (96, 128)" in predict_script(name="cats and dogs", size=(96, 128))
        True
    """
    return _SCRIPT.format(
        name=in_text(name),
        packages=PACKAGES,
        imports=IMPORTS.format(more=""),
        size=(int(size[0]), int(size[1])),
        read=READ.rstrip(),
    )
