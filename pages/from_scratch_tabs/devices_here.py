"""What several devices mean outside the little example: what they send one another, and what this machine has."""

import streamlit as st

from cnn_core.runtime import describe_machine
from cnn_core.training.data_parallel import sent_bytes
from pages.from_scratch_tabs.devices_settings import PREFIX
from pages.ui.words import counted

# What networks of well-known sizes have to tell one another.
NETWORKS = {"The recipe for CIFAR-10": 1_342_122, "ResNet-50": 25_636_712, "VGG-16": 138_357_544}


def draw_sent(devices: int) -> None:
    """How many bytes each device sends in an update, for a network that is chosen."""
    with st.container(border=True, gap="xsmall"):
        st.markdown("**What the devices tell one another**")
        network = st.selectbox("Network", list(NETWORKS), key=f"{PREFIX}_network", bind="query-params", width=300)
        parameters = NETWORKS[str(network)]
        st.markdown(
            f"{parameters:,} gradients as float32 are {parameters * 4 / 1e6:,.1f} MB. Round a ring of "
            f"{counted(devices, 'device', 'devices')} each sends **{sent_bytes(parameters, devices) / 1e6:,.1f} MB** "
            "in every update, whatever the batch: a larger batch makes that count for less. Twice the devices with "
            "twice the batch make half as many updates; learning rates are then often doubled, after a warm-up "
            "(Goyal et al. 2017)."
        )


def draw_machine() -> None:
    """The devices of this machine, and what a run does with them."""
    machine = describe_machine()
    gpus = ", ".join(f"{gpu.name} with {gpu.memory_bytes / 1e9:.0f} GB" for gpu in machine.gpus)
    has = gpus or "no GPU"
    with st.container(border=True, gap="xsmall"):
        st.markdown("**On this machine**")
        does = (
            f"A run with `devices` from 2 to {len(machine.gpus)} uses that many of them."
            if len(machine.gpus) > 1
            else "A run with `devices` above 1 divides the processor into virtual devices: the same result, and no "
            "faster. It is for trying out what will run on several GPUs."
        )
        st.markdown(
            f"{has[0].upper()}{has[1:]}; {counted(machine.cores, 'processor core', 'processor cores')}. {does} The tab "
            "Train has it under *Devices*, and the command line below does the same. Where there are several GPUs, "
            "runs with one device each go on side by side. PyTorch's backend of Keras has no such training."
        )
