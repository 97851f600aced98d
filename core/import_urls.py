from django.urls import URLPattern, path

from core.pages import import_rows, imports

urlpatterns: list[URLPattern] = [
    path("import/", imports.imports, name="imports"),
    path("import/template/", imports.import_template, name="import_template"),
    path("import/new/", imports.import_new, name="import_new"),
    path("import/<int:pk>/", import_rows.import_rows, name="import_rows"),
    path("import/<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("import/<int:pk>/mend/", import_rows.import_mend, name="import_mend"),
    path("import/<int:pk>/check/", import_rows.import_recheck, name="import_recheck"),
    path("import/<int:pk>/write/", import_rows.import_write, name="import_write"),
    path("import/<int:pk>/undo/", import_rows.import_undo, name="import_undo"),
    path("import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("import/<int:pk>/file.xlsx", import_rows.import_file, name="import_file"),
]
