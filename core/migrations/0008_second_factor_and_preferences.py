"""Companies that ask for a second factor; how a person likes times, days and lists."""

from django.db import migrations, models

PAGES = [
    ("home", "Home"),
    ("invoices:list", "Invoices"),
    ("invoices:review", "Review queue"),
    ("customers:list", "Customers"),
    ("payments:list", "Receipts"),
    ("reports:aging", "Aging"),
]
STYLES = [
    ("auto", "As usual in the language"),
    ("words", "12 Mar 2026"),
    ("digits", "2026-03-12"),
]
ROWS = [("compact", "Compact"), ("comfortable", "Comfortable")]


def added(model: str, name: str, field: models.Field) -> migrations.AddField:
    return migrations.AddField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("core", "0007_notes")]
    operations = [
        added(
            "tenant",
            "needs_second_factor",
            models.BooleanField(default=False, verbose_name="second factor for everybody"),
        ),
        added(
            "user",
            "time_zone",
            models.CharField(blank=True, max_length=64, verbose_name="time zone"),
        ),
        added(
            "user",
            "date_style",
            models.CharField(choices=STYLES, default="auto", max_length=6, verbose_name="days"),
        ),
        added(
            "user",
            "density",
            models.CharField(choices=ROWS, default="compact", max_length=12, verbose_name="rows"),
        ),
        added(
            "user",
            "rows_per_page",
            models.PositiveSmallIntegerField(default=50, verbose_name="rows per page"),
        ),
        added(
            "user",
            "start_page",
            models.CharField(
                choices=PAGES, default="home", max_length=20, verbose_name="start page"
            ),
        ),
    ]
