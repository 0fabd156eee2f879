"""What keeps the service from starting."""


class IntakeError(ValueError):
    """The service cannot start; the message says what to change."""
