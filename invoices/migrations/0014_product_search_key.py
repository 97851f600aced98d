"""What a product is found by: a column, and an index that holds nothing else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0018_what_was_made_under_a_wider_scope"),
        ("invoices", "0013_overdue_bills"),
    ]
    operations = [
        migrations.AddField(
            model_name="product",
            name="search_key",
            field=models.TextField(blank=True, default="", db_default="", db_collation="C"),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["tenant", "id"],
                include=("is_active", "search_key"),
                name="product_search_idx",
            ),
        ),
    ]
