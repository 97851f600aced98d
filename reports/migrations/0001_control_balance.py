"""The receivables of the journals, read by the aging's proof line without touching the other legs."""

from django.db import migrations

SQL = """
CREATE INDEX ledger_line_control_idx ON ledger_journalline (tenant_id, currency)
    INCLUDE (amount) WHERE account = 'RECEIVABLE';
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_rules")]
    operations = [migrations.RunSQL(SQL, "DROP INDEX ledger_line_control_idx")]
