"""Which cell of a detector's grid learns which box: centre sampling, worked out in NumPy with the batch.

The cell in which a box's centre lies learns it, and so does each cell whose own centre lies within `RADIUS` cells of it
along both axes and inside the box (Tian et al. 2019, FCOS, https://arxiv.org/abs/1904.01355; radius as in FCOS' later
version). A cell that several boxes want goes to the one whose centre is nearest, the smaller one if equally near.
YOLOv2 gives each box one cell and the anchor of the best IoU; three by three cells learn faster from few pictures.
"""

import numpy as np
import numpy.typing as npt

RADIUS = 1.5


def assign(
    corners: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    *,
    grid: tuple[int, int],
    stride: int,
    num_classes: int,
) -> npt.NDArray[np.float32]:
    """What each cell shall learn.

    Args:
        corners: (N, 4) float32 `x_min, y_min, x_max, y_max` in pixels of the network's input, each with an area.
        labels: (N,) int64 below `num_classes`.
        grid: rows and columns.
        stride: pixels per cell.
        num_classes: of the network.

    Returns:
        (R, C, 5 + num_classes) float32: the box's corners in cells, 1 if the cell learns a box and else 0, and a one
        for its class. Zeros where it learns none.

    Example:
        >>> target = assign(np.float32([[0, 0, 16, 8]]), np.array([1]), grid=(2, 3), stride=8, num_classes=2)
        >>> target[..., 4].tolist(), target[0, 1].tolist()
        ([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [0.0, 0.0, 2.0, 1.0, 1.0, 0.0, 1.0])
    """
    rows, columns = grid
    target = np.zeros((rows, columns, 5 + num_classes), np.float32)
    if not len(corners):
        return target
    boxes = corners.astype(np.float32) / np.float32(stride)
    left, top, right, bottom = boxes.T[:, :, None, None]
    x, y = np.arange(columns)[None, None, :] + 0.5, np.arange(rows)[None, :, None] + 0.5
    across, down = abs(x - (left + right) / 2), abs(y - (top + bottom) / 2)
    near = (across < RADIUS) & (down < RADIUS)
    wanted = near & (x > left) & (x < right) & (y > top) & (y < bottom)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    own_row = np.clip(middle[:, 1].astype(int), 0, rows - 1)
    own_column = np.clip(middle[:, 0].astype(int), 0, columns - 1)
    wanted[np.arange(len(boxes)), own_row, own_column] = True
    # Areas are far below 1e6 cells: they decide between equal distances alone.
    cost = np.where(wanted, across**2 + down**2 + 1e-6 * (right - left) * (bottom - top), np.inf)
    owner = cost.argmin(axis=0)
    learns = np.isfinite(cost.min(axis=0))
    target[learns, :4] = boxes[owner[learns]]
    target[learns, 4] = 1
    target[learns, 5 + labels[owner[learns]]] = 1
    return target
