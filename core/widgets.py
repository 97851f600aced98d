"""Form widgets drawn without a template per option: a list of currencies has 170 of them."""

from __future__ import annotations

from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_SELECT = "django/forms/widgets/select.html"


class QuickRenderer(DjangoTemplates):
    """Django's renderer; a plain select it writes itself, to the same HTML."""

    def render(
        self, template_name: str, context: dict[str, Any], request: Any = None
    ) -> SafeString:
        if template_name == _SELECT:
            return _select(context["widget"])
        return mark_safe(super().render(template_name, context, request))  # noqa: S308 - a template's


def _select(widget: dict[str, Any]) -> SafeString:
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{conditional_escape(group)}">')
        parts += [f"\n  {_option(option)}" for option in options]
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def _option(option: dict[str, Any]) -> str:
    attributes = _attributes(option["attrs"])
    label, value = conditional_escape(option["label"]), escape(str(option["value"]))
    return f'<option value="{value}"{attributes}>{label}</option>'


def _attributes(attributes: dict[str, Any]) -> str:
    if not attributes:
        return ""
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not False
    )


QUICK = QuickRenderer()
