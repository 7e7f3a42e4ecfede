"""The one error that a user can mend.

Anything else that is raised is a bug and must surface.
"""


class InputError(ValueError):
    """What is wrong, what to change, and the values received.

    Example:
        >>> raise InputError("The stride is 0", "Choose a whole number from 1", stride=0)
        Traceback (most recent call last):
            ...
        cnn_core.errors.InputError: The stride is 0. Choose a whole number from 1. Received: stride=0
    """

    def __init__(self, problem: str, remedy: str, **received: object) -> None:
        self.problem = problem
        self.remedy = remedy
        self.received = received
        text = f"{problem.rstrip('.')}. {remedy.rstrip('.')}."
        if received:
            text += " Received: " + ", ".join(f"{name}={value!r}" for name, value in received.items())
        super().__init__(text)

    def __reduce__(self) -> tuple[object, ...]:
        # Worker processes send their errors back pickled; the default would drop `remedy`.
        return (_rebuild, (self.problem, self.remedy, self.received))


def _rebuild(problem: str, remedy: str, received: dict[str, object]) -> InputError:
    return InputError(problem, remedy, **received)
