"""Whose key it is, before a company's scope is entered: the hash is all that is asked."""

from django.db import migrations

SQL = """
CREATE FUNCTION app.tenant_of_api_key(hash text) RETURNS bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT tenant_id FROM api_apikey WHERE secret_hash = hash $$;
REVOKE EXECUTE ON FUNCTION app.tenant_of_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.tenant_of_api_key(text) TO duebook_app;
"""


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION app.tenant_of_api_key(text)")]
