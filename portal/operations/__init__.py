"""What a customer sets going from behind a link."""

from portal.operations.renew import renew_link

__all__ = ["renew_link"]
