"""What a row cannot say about itself: tenant walls, append-only tables; as model constraints.

They stand in ``Meta.constraints`` so that ``makemigrations`` sees them. Their SQL is deferred to
the end of the migration, when every table and every ``UNIQUE (tenant_id, id)`` it may name exists.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APP_ROLE = "duebook_app"


class SqlConstraint(models.BaseConstraint):
    """A constraint made of plain statements; nothing for a form to validate."""

    def sql(self, model: type[models.Model]) -> str:
        """Return the statements that put the constraint up."""
        raise NotImplementedError

    def undo_sql(self, model: type[models.Model]) -> str:
        """Return the statements that take it down."""
        raise NotImplementedError

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        self.create_sql(model, schema_editor)
        return ""

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert model is not None  # noqa: S101 - only checks call it without, and not this one
        assert schema_editor is not None  # noqa: S101 - as above
        schema_editor.deferred_sql.append(self.sql(model))
        return ""

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert model is not None  # noqa: S101 - as above
        return self.undo_sql(model)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave the judgement to the database: these rules are about it, not about one row."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SqlConstraint):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]


class TenantPolicy(SqlConstraint):
    """Row-level security: the table shows and takes only rows of ``app.tenant()``, to all roles."""

    def sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        rule = "(tenant_id = (SELECT app.tenant()))"
        return (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY; '
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY; '
            f'CREATE POLICY "{self.name}" ON "{table}" USING {rule} WITH CHECK {rule}'
        )

    def undo_sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        return (
            f'DROP POLICY "{self.name}" ON "{table}"; '
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY; '
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'
        )


class CompositeFK(SqlConstraint):
    """A foreign key of two columns, ``(tenant_id, x_id)``: another tenant's row cannot be named."""

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field}

    def sql(self, model: type[models.Model]) -> str:
        field = model._meta.get_field(self.field)
        parent = field.related_model._meta.db_table  # type: ignore[union-attr]
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f'FOREIGN KEY (tenant_id, "{field.column}") '  # type: ignore[union-attr]
            f'REFERENCES "{parent}" (tenant_id, id) DEFERRABLE INITIALLY IMMEDIATE'
        )

    def undo_sql(self, model: type[models.Model]) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'


class AppendOnly(SqlConstraint):
    """Rows are added and never changed: no right to, and a trigger that refuses the owner too."""

    def sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        return (
            f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP_ROLE}; '
            f'CREATE TRIGGER "{self.name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()"
        )

    def undo_sql(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        return (
            f'DROP TRIGGER "{self.name}" ON "{table}"; '
            f'GRANT UPDATE, DELETE ON "{table}" TO {APP_ROLE}'
        )


class CustomerScope(SqlConstraint):
    """Row-level security again, for who may see some customers only: a rule that narrows.

    Of the table is shown what belongs to a customer whom the viewer sees; who sees the whole
    company, and the owner's functions, are not asked (``app.owners()`` is null). Reading and
    writing are narrowed alike. How a row tells its customer:

    * ``owners``: it is the customer, the column is the person responsible
    * ``visible_...``: the column is among the ids that the function returns, once a statement
    * ``sees_...``: the function is asked of the column, row by row: for parts of a document
    * ``viewer``: the column is the person themselves
    * ``viewer_since``: the same, and the row was made under the scope they have now
    """

    def __init__(self, *, column: str, by: str, name: str, otherwise: str = "") -> None:
        super().__init__(name=name)
        self.column, self.by, self.otherwise = column, by, otherwise

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"column": self.column, "by": self.by}
        return path, args, kwargs | ({"otherwise": self.otherwise} if self.otherwise else {})

    def sql(self, model: type[models.Model]) -> str:
        if self.by == "owners":
            seen = f'"{self.column}" = ANY ((SELECT app.owners())::bigint[])'
        elif self.by == "viewer":
            seen = f'"{self.column}" = (SELECT app.viewer())'
        elif self.by == "viewer_since":
            seen = (
                f'("{self.column}" = (SELECT app.viewer())'
                ' AND "created_at" >= (SELECT app.viewer_since()))'
            )
        elif self.by.startswith("visible_"):
            seen = f'"{self.column}" IN (SELECT app.{self.by}())'
        else:
            seen = f'app.{self.by}("{self.column}")'
        if self.otherwise:
            seen = f"({seen} OR {self.otherwise})"
        return (
            f'CREATE POLICY "{self.name}" ON "{model._meta.db_table}" AS RESTRICTIVE '
            f"USING ((SELECT app.owners() IS NULL) OR {seen})"
        )

    def undo_sql(self, model: type[models.Model]) -> str:
        return f'DROP POLICY "{self.name}" ON "{model._meta.db_table}"'


def tenant_rules(prefix: str, *foreign_keys: str) -> list[models.BaseConstraint]:
    """Return what every tenant table needs; ``foreign_keys`` are its links to tenant tables."""
    return [
        models.UniqueConstraint(fields=["tenant", "id"], name=f"{prefix}_tenant_id"),
        TenantPolicy(name=f"{prefix}_policy"),
        *(CompositeFK(field=name, name=f"{prefix}_{name}_tfk") for name in foreign_keys),
    ]


class OwnerMayRoute(SqlConstraint):
    """Let the table's owner, and so its SECURITY DEFINER functions, see all companies' rows.

    For the few tables that say which company a piece of work or a link belongs to; the functions
    return ids only. The app role is not the owner and sees its own company's rows, as ever.
    """

    def sql(self, model: type[models.Model]) -> str:
        return (
            f'CREATE POLICY "{self.name}" ON "{model._meta.db_table}" '
            "FOR SELECT TO CURRENT_USER USING (true)"
        )

    def undo_sql(self, model: type[models.Model]) -> str:
        return f'DROP POLICY "{self.name}" ON "{model._meta.db_table}"'
