"""Streamlit clears Keras' session behind every run of a script; here it does not.

The session is not the visitor's alone: a network that another visitor's run is just building would lose the scope that
it is built in, in which no weight is allocated (`cnn_core.weightless`), and TensorFlow would prepare every operation of
every network anew. What the session holds is kept by thread and ends with the thread of the run.
"""

from streamlit.runtime.scriptrunner import script_runner


def keep_keras_session() -> None:
    """Leave Keras and pyplot, which is not used, alone from now on."""
    script_runner._clean_problem_modules = _nothing


def _nothing() -> None:
    """Clear nothing."""
