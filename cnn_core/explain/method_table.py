"""The six explanations in words: what each shows, what it does not, its formula, and which settings it has."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """One way to explain.

    Attributes:
        title: its usual name.
        shows: one sentence.
        not_shown: one sentence.
        formula: LaTeX.
        signed: whether values below 0 mean something.
        slow: whether it asks the network many times.
        unit: of its values, in words.
        settings: the fields of `methods.Settings` that it depends on.
    """

    title: str
    shows: str
    not_shown: str
    formula: str
    signed: bool
    slow: bool
    unit: str
    settings: tuple[str, ...]


METHODS: dict[str, Method] = {
    "grad_cam": Method(
        "Grad-CAM",
        "Which places of a layer's maps raise the class's score, each map weighed by its mean gradient.",
        "Nothing finer than the layer's maps, and nothing that speaks against the class.",
        r"\begin{gathered} \max\big(0, \textstyle\sum_k \alpha_k A^k\big) \\"
        r" \alpha_k = \tfrac{1}{hw} \textstyle\sum_{ij} \partial y^c / \partial A^k_{ij} \end{gathered}",
        signed=False,
        slow=False,
        unit="score per place",
        settings=("layer",),
    ),
    "grad_cam_plus_plus": Method(
        "Grad-CAM++",
        "The same with weights taken place by place, so that several or small objects of the class all count.",
        "How much: its values have no unit, and can be compared within one map only.",
        r"\begin{gathered} \alpha_k = \textstyle\sum_{ij} a^k_{ij} \max(0, g^k_{ij}) \\"
        r" a = g^2 / \big(2 g^2 + g^3 \textstyle\sum_{ab} A^k_{ab}\big) \end{gathered}",
        signed=False,
        slow=False,
        unit="no unit",
        settings=("layer",),
    ),
    "score_cam": Method(
        "Score-CAM",
        "Which maps keep the class's score up when only what they mark is seen; no gradient is used.",
        "How maps work together: each is tried alone, over a filling that the network never saw in training.",
        r"\begin{gathered} \alpha = \operatorname{softmax}_k\, y^c(x_k) \\"
        r" x_k = H^k x + (1 - H^k)\, x' \end{gathered}",
        signed=False,
        slow=True,
        unit="weighed maps",
        settings=("layer", "fill", "channels"),
    ),
    "integrated_gradients": Method(
        "Integrated gradients",
        "How the difference of the score between the photo and a photo of nothing is shared out among the pixels.",
        "What other photos of nothing would give: where the photo has the baseline's colour, the map is 0.",
        r"\begin{gathered} (x_i - x'_i) \int_0^1 \partial_i\, y^c(x_t)\, dt \\"
        r" x_t = x' + t\, (x - x') \end{gathered}",
        signed=True,
        slow=False,
        unit="score",
        settings=("fill", "steps"),
    ),
    "smooth_grad": Method(
        "SmoothGrad",
        "How the score changes if a pixel gets a little brighter, averaged over noisy copies of the photo.",
        "How much of the score a pixel makes: a slope says where to push, not what is there.",
        r"\begin{gathered} \tfrac{1}{n} \textstyle\sum_{s=1}^{n} \partial y^c(x + \varepsilon_s) / \partial x \\"
        r" \varepsilon_s \sim \mathcal{N}(0, \sigma^2) \end{gathered}",
        signed=True,
        slow=True,
        unit="score per unit of input",
        settings=("noise", "samples", "seed"),
    ),
    "occlusion": Method(
        "Occlusion",
        "How much the class's probability falls when this part of the photo is hidden.",
        "Parts that stand in for one another: if either of two eyes is enough, hiding one changes nothing.",
        r"p^c(x) - p^c(x_{-R})",
        signed=True,
        slow=True,
        unit="probability",
        settings=("fill", "cells", "width"),
    ),
}
