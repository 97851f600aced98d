from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0012_import_ends"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="needs_second_person",
            field=models.BooleanField(
                db_default=True, default=True, verbose_name="a second person approves"
            ),
        ),
    ]
