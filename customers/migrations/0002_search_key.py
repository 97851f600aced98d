"""What a customer is found by: a column, and an index that holds nothing else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="customer",
            name="search_key",
            field=models.TextField(blank=True, default="", db_default="", db_collation="C"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["tenant", "id"],
                include=("status", "search_key"),
                name="customer_search_idx",
            ),
        ),
    ]
