"""Every network and block: what it is, where it was published, what can be chosen, and how to build it.

Importing this loads no Keras: a builder's module is imported when it is called.
"""

from cnn_core.architectures.architecture import Architecture, Option
from cnn_core.architectures.block_entries import BLOCKS
from cnn_core.architectures.network_entries import NETWORKS

__all__ = ["ARCHITECTURES", "Architecture", "Option"]

ARCHITECTURES: dict[str, Architecture] = {**NETWORKS, **BLOCKS}
