"""What the API itself writes: keys, answers given; and changes of part of something."""

from api.operations.keys import NewKey, NoScope, create_key, mark_used, revoke_key

__all__ = ["NewKey", "NoScope", "create_key", "mark_used", "revoke_key"]
