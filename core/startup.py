"""What must be true of the database before a process may serve."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

_UNSAFE = """
SELECT r.rolsuper OR r.rolbypassrls
    OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind = 'r'
                 AND pg_has_role(current_user, c.relowner, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def require_safe_database_role() -> None:
    """
    Refuse a role that row-level security does not bind: superuser, BYPASSRLS, owner or its member.

    :raises ImproperlyConfigured: with the role's name
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute(_UNSAFE)
        unsafe = cursor.fetchone()[0]
    connection.close()
    if unsafe:
        raise ImproperlyConfigured(
            f"Database role {role} owns tables or bypasses row-level security. "
            "DATABASE_URL must name duebook_app; only migrations use DATABASE_OWNER_URL."
        )
