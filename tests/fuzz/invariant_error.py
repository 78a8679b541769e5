"""The error for violated invariants."""


class InvariantError(AssertionError):
    """A server violated an invariant that must hold for every request."""
