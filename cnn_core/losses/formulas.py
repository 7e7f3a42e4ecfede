"""The losses as formulas, LaTeX, with the numbers of a pixel or of a mask filled in."""

import numpy as np
import numpy.typing as npt

from cnn_core.drawing import significant
from cnn_core.errors import InputError
from cnn_core.losses.binary import LossOptions, loss_of, pixel_loss

ENTROPY = r"CE = -t \ln p - (1 - t) \ln(1 - p)"
FOCAL = r"FL = -\alpha_t\,(1 - p_t)^\gamma \ln p_t"
# What t in FOCAL stands for.
FOCAL_KINDS = (
    r"p_t = p, \quad \alpha_t = \alpha \quad \text{for } t = 1 \\ "
    r"p_t = 1 - p, \quad \alpha_t = 1 - \alpha \quad \text{for } t = 0"
)
# What TP, FP and FN are where p is no whole number.
SUMS = (
    r"TP = \textstyle\sum t\,p, \quad FP = \sum (1 - t)\,p \\ "
    r"FN = \textstyle\sum t\,(1 - p)"
)
DICE = r"\text{Dice} = 1 - \frac{2 TP + s}{2 TP + FP + FN + s}"
JACCARD = r"\text{Jaccard} = 1 - \frac{TP + s}{TP + FP + FN + s}"
TVERSKY = r"\text{Tversky} = 1 - \frac{TP + s}{TP + \alpha FP + \beta FN + s}"
GENERAL = {"cross_entropy": ENTROPY, "focal": FOCAL, "dice": DICE, "jaccard": JACCARD, "tversky": TVERSKY}


def pixel_steps(name: str, *, truth: int, found: float, options: LossOptions) -> str:
    """A loss of one pixel with its numbers; one of masks is that of a mask of this pixel alone.

    Args:
        name: one of `GENERAL`.
        truth: 0 or 1.
        found: probability of 1.
        options: of the loss.

    Raises:
        InputError: no such loss.

    Example:
        >>> print(pixel_steps("focal", truth=1, found=0.9, options=LossOptions()).splitlines()[1])
        &= -0.25 \\cdot (1 - 0.9)^{2} \\ln 0.9 \\\\[6pt]
    """
    if name not in ("cross_entropy", "focal"):
        return mask_steps(name, [truth], [found], options)
    value, slope = (float(one) for one in pixel_loss(name, truth, found, options))
    t = truth * (1 - options.label_smoothing) + options.label_smoothing / 2
    p, right = _text(found), found if truth else 1 - found
    if name == "cross_entropy":
        lines = [
            ENTROPY.replace("=", "&=", 1),
            rf"&= -{_text(t)} \cdot \ln {p} - {_text(1 - t)} \cdot \ln {_text(1 - found)}",
        ]
    elif options.label_smoothing:
        weight, error = t * options.alpha + (1 - t) * (1 - options.alpha), t * (1 - found) + (1 - t) * found
        entropy = float(pixel_loss("cross_entropy", truth, found, options)[0])
        lines = [
            r"FL &= (t \alpha + (1 - t)(1 - \alpha))\, e^\gamma\, CE",
            r"e &= t (1 - p) + (1 - t) p",
            rf"FL &= {_text(weight)} \cdot {_text(error)}^{{{_text(options.gamma)}}} \cdot {_text(entropy)}",
        ]
    else:
        weight = options.alpha if truth else 1 - options.alpha
        lines = [
            FOCAL.replace("=", "&=", 1),
            rf"&= -{_text(weight)} \cdot (1 - {_text(right)})^{{{_text(options.gamma)}}} \ln {_text(right)}",
        ]
    lines.append(rf"&= \mathbf{{{_text(value)}}}")
    lines.append(rf"\tfrac{{\partial}}{{\partial p}} &= {_text(slope)}")
    lines.append(
        rf"\tfrac{{\partial}}{{\partial z}} &= {_text(slope)} \cdot p(1-p) = {_text(slope * found * (1 - found))}"
    )
    return _aligned(lines)


def mask_steps(name: str, truth: npt.ArrayLike, found: npt.ArrayLike, options: LossOptions) -> str:
    """A loss of a whole mask with its sums: TP, FP, FN; of cross-entropy and focal loss, the mean over the pixels.

    Raises:
        InputError: no such loss.

    Example:
        >>> print(mask_steps("dice", [1, 1, 0], [1, 0, 0], LossOptions()).splitlines()[1])
        &= 1 - \\frac{2 \\cdot 1 + 1}{2 \\cdot 1 + 0 + 1 + 1} \\\\[6pt]
    """
    if name not in GENERAL:
        raise InputError("There is no such loss", f"Choose one of {', '.join(GENERAL)}", name=name)
    t, p = np.asarray(truth, np.float64), np.asarray(found, np.float64)
    value = loss_of(name, t, p, options).value
    if name in ("cross_entropy", "focal"):
        each, _ = pixel_loss(name, t, p, options)
        short = "CE" if name == "cross_entropy" else "FL"
        mine, rest = float(each[t > 0.5].sum()), float(each[t <= 0.5].sum())
        return _aligned(
            [
                rf"{short} &= \tfrac{{1}}{{n}} \left( \textstyle\sum_{{t=1}} + \sum_{{t=0}} \right)",
                rf"&= \tfrac{{1}}{{{t.size:,}}} ({_text(mine)} + {_text(rest)})".replace(",", "{,}"),
                rf"&= \mathbf{{{_text(value)}}}",
            ]
        )
    tp, fp, fn = ((p * t).sum(), (p * (1 - t)).sum(), ((1 - p) * t).sum())
    hits, wrong, missed, s = (_text(float(one), 3) for one in (tp, fp, fn, options.smooth))
    filled = {
        "dice": rf"\frac{{2 \cdot {hits} + {s}}}{{2 \cdot {hits} + {wrong} + {missed} + {s}}}",
        "jaccard": rf"\frac{{{hits} + {s}}}{{{hits} + {wrong} + {missed} + {s}}}",
        "tversky": rf"\frac{{{hits} + {s}}}{{{hits} + {_text(options.fp_weight)} \cdot {wrong} + "
        rf"{_text(options.fn_weight)} \cdot {missed} + {s}}}",
    }
    general = "L &=" + GENERAL[name].partition("=")[2]
    return _aligned([general, rf"&= 1 - {filled[name]}", rf"&= \mathbf{{{_text(value, 3)}}}"])


def _aligned(lines: list[str]) -> str:
    rows = " \\\\[6pt]\n".join(lines)
    return r"\begin{aligned} " + rows + r" \end{aligned}"


def _text(value: float, digits: int = 4) -> str:
    """So many significant digits, LaTeX."""
    text = significant(float(value), digits)
    if "e" in text:
        base, _, power = text.partition("e")
        return rf"{base} \cdot 10^{{{int(power)}}}"
    return text.replace(",", "{,}")
