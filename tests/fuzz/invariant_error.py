"""The error that every violated invariant raises."""


class InvariantError(AssertionError):
    """A server did something that no request may make it do."""
