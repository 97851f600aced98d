"""Everything that changes a customer."""

from customers.operations.lock import lock_account, lock_accounts

__all__ = ["lock_account", "lock_accounts"]
