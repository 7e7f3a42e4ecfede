"""Python that gives the figures that the page shows of one photo and its true mask."""

CODE = """\
import numpy as np

from cnn_core.images import load_image
from cnn_core.mask_files.reading import read_mask
from cnn_core.masks import decided
from cnn_core.segmentation_metrics import boundary_f1

image = load_image("picture.png")
{segmenter}
size = image.shape[:2]
truth = read_mask(open("truth.png", "rb").read(), name="truth.png", size=size, classes=masks.names).labels
found = decided(masks, {threshold})  # 255 where the confidence is lower

known = truth != 255
classes = len(masks.names)
TP = np.array([np.sum(known & (truth == k) & (found == k)) for k in range(classes)])
FP = np.array([np.sum(known & (truth != k) & (found == k)) for k in range(classes)])
FN = np.array([np.sum(known & (truth == k) & (found != k)) for k in range(classes)])
occurs = TP + FP + FN > 0
iou = TP[occurs] / (TP + FP + FN)[occurs]
dice = 2 * TP[occurs] / (2 * TP + FP + FN)[occurs]
accuracy = TP.sum() / known.sum()
boundary = np.nanmean(boundary_f1(truth, found, num_classes=classes, ignore=255))

print("classes       ", [name for name, there in zip(masks.names, occurs) if there])
print("IoU           ", iou.round(4), "mean", iou.mean().round(4))
print("Dice          ", dice.round(4), "mean", dice.mean().round(4))
print("pixel accuracy", accuracy.round(4))
print("boundary F1   ", boundary.round(4))
"""


def truth_code(segmenter: str, *, threshold: float) -> str:
    """The snippet; it reads picture.png and truth.png, a mask with class numbers.

    Args:
        segmenter: `Segmenter.code`.
        threshold: least confidence.

    Example:
        >>> "decided(masks, 0.5)" in truth_code("masks = ...", threshold=0.5)
        True
    """
    return CODE.format(segmenter=segmenter.rstrip("\n"), threshold=threshold)
