"""The checks that stand before the tests: templates and texts."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command
from django.utils import translation

from core import texts
from core.management.commands.check_templates import known_icons, problems_of, without_tags


@pytest.fixture
def pages(tmp_path: Path, settings: Any) -> Path:
    root = tmp_path / "templates"
    root.mkdir()
    engine = settings.TEMPLATES[0] | {"DIRS": [root]}
    settings.TEMPLATES = [engine]
    settings.BASE_DIR = tmp_path
    return root


def say(pages: Path, source: str, name: str = "page.html") -> list[str]:
    (pages / name).write_text(source)
    icons = {"send"}
    return [problem for _line, problem in problems_of(pages / name, name, icons)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% if x %}", "does not compile"),
        ("{% extends 'nowhere.html' %}", ""),
        ("{% nosuchtag %}", "does not compile"),
        ("<p style='color:red'></p>", "a style attribute"),
        ("<p{% if x %} style='a'{% endif %}></p>", "a style attribute"),
        ("<style>p{}</style>", "a <style> element"),
        ("<script>alert(1)</script>", "an inline <script>"),
        ("<script src='x.js'></script>", ""),
        ("<a onclick='x()'></a>", "an onclick attribute"),
        ("<a href='javascript:x()'></a>", "a javascript: address"),
        ("<p>Hello</p>", "untranslated as text"),
        ("<p>{{ name }} owes {{ sum }}</p>", "untranslated as text"),
        ("<p>{% load i18n %}{% translate 'Hello' %} {{ x }} &nbsp;&amp; · 12</p>", ""),
        ("{% load i18n %}{% blocktranslate %}Hello {{ x }}{% endblocktranslate %}", ""),
        ("<input placeholder='Type here'>", "untranslated in placeholder"),
        ("{% load i18n %}<input placeholder='{% translate \"Type\" %}'>", ""),
        ("<p>CSV, PDF</p><code>any word</code>{# a word #}", ""),
        ("{% block body_class %}shell wide{% endblock %}", ""),
        ("{% icon 'send' %}", ""),
        ("{% icon 'sned' %}", "there is no icon sned"),
        ("{# not a page: a mail #}<p style='a'>Hello</p>", ""),
    ],
)
def test_what_a_page_must_not_contain(pages: Path, source: str, expected: str) -> None:
    problems = say(pages, source)
    assert bool(problems) == bool(expected), problems
    assert all(problem.startswith(expected) for problem in problems[:1])


def test_names_the_line(pages: Path) -> None:
    (pages / "page.html").write_text("{% comment %}\n\n{% endcomment %}\n{{ a }}\n<p>Hello</p>")
    assert [line for line, _ in problems_of(pages / "page.html", "page.html", None)] == [5]
    assert without_tags("a{{ b }}c").count("\ue000") == 1


def test_all_templates_are_in_order() -> None:
    assert known_icons()
    call_command("check_templates")


@pytest.fixture
def site(pages: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site of one app and one page, with its translations."""
    settings.LOCALE_PATHS = [pages.parent / "locale"]
    monkeypatch.setattr(texts, "APPS", ("app",))
    (pages.parent / "app").mkdir()
    (pages.parent / "app" / "views.py").write_text(
        "from django.utils.translation import gettext as _, ngettext, pgettext_lazy\n"
        'a = _("Paid")\n'
        'b = ngettext("%(count)s row", "%(count)s rows", n) % {"count": n}\n'
        'c = pgettext_lazy("role", "Admin")\n'
    )
    (pages / "page.html").write_text(
        "{% load i18n %}\n    {% translate 'Sign in' %}\n"
        "  <p>{% blocktranslate trimmed count n=n %}\n    {{ n }} bill of {{ who }}\n"
        "  {% plural %}\n    {{ n }} bills of {{ who }}\n  {% endblocktranslate %}</p>\n"
        "{% translate 'Open' context 'state' %}"
    )
    return pages.parent


def translate(words: dict[str, Any]) -> None:
    catalog = texts.updated()
    for message in catalog:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if key in words:
            message.string = words[key]
    texts.write(catalog)


CHINESE = {
    "Paid": "已结清",
    "%(count)s row": ("%(count)s 行",),
    "Admin": "管理员",
    "Sign in": "登录",
    "%(n)s bill of %(who)s": ("%(who)s的%(n)s张账单",),
    "Open": "未结",
}


def test_collects_python_and_templates(site: Path) -> None:
    found = {(m.context, m.id) for m in texts.collected() if m.id}
    assert found == {
        (None, "Paid"),
        (None, ("%(count)s row", "%(count)s rows")),
        ("role", "Admin"),
        (None, "Sign in"),
        (None, ("%(n)s bill of %(who)s", "%(n)s bills of %(who)s")),
        ("state", "Open"),
    }


def test_a_complete_translation_passes_and_is_used(site: Path) -> None:
    translate(CHINESE)
    call_command("messages", "--check")
    call_command("messages", "--compile")
    with (texts.po_path().with_suffix(".mo")).open("rb") as file:
        compiled = translation.trans_real.gettext_module.GNUTranslations(file)
    assert compiled.gettext("Sign in") == "登录"
    assert compiled.pgettext("state", "Open") == "未结"
    assert compiled.ngettext("%(count)s row", "%(count)s rows", 3) == "%(count)s 行"


def test_an_update_keeps_what_is_translated(site: Path) -> None:
    translate(CHINESE)
    before = texts.po_path().read_text()
    call_command("messages", "--update")
    assert texts.po_path().read_text() == before
    (site / "app" / "more.py").write_text('_("Late")\n')
    call_command("messages", "--update")
    assert 'msgid "Late"\nmsgstr ""' in texts.po_path().read_text()
    assert "已结清" in texts.po_path().read_text()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Paid": ""}, "not translated: 'Paid'"),
        ({"%(count)s row": ("%(cuont)s 行",)}, "placeholders differ"),
        ({"%(count)s row": ("行",)}, "placeholders differ"),
        ({"Sign in": "登录 %(who)s"}, "placeholders differ"),
        ({"Sign in": "登录\n"}, "line ends differ"),
    ],
)
def test_a_bad_translation_is_refused(site: Path, change: dict[str, Any], problem: str) -> None:
    translate(CHINESE | change)
    with pytest.raises(CommandError, match=problem):
        call_command("messages", "--check")


def test_a_text_without_entry_is_refused(site: Path) -> None:
    translate(CHINESE)
    (site / "app" / "more.py").write_text('_("Late")\n')
    with pytest.raises(CommandError, match="missing: 'Late'"):
        call_command("messages", "--check")


def test_an_entry_without_text_is_refused(site: Path) -> None:
    translate(CHINESE)
    (site / "templates" / "page.html").write_text("")
    with pytest.raises(CommandError, match="no longer used: 'Sign in'"):
        call_command("messages", "--check")


def test_an_entry_to_be_reviewed_is_refused(site: Path) -> None:
    translate(CHINESE)
    path = texts.po_path()
    path.write_text(path.read_text().replace('msgid "Paid"', '#, fuzzy\nmsgid "Paid"'))
    with pytest.raises(CommandError, match="to be reviewed: 'Paid'"):
        call_command("messages", "--check")


def test_without_a_file_everything_is_missing(site: Path) -> None:
    assert isinstance(texts.stored(), Catalog)
    assert len(texts.problems()) == 6


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Rate", {"exchange": "汇率", "tax": "税率"}),
        ("Next", {"": "下一页", "schedule": "下次开单"}),
        ("Apply", {"": "应用", "payment": "核销"}),
        ("Export", {"": "导出", "tax": "出口"}),
        ("From", {"": "自", "mail": "发件人", "exchange": "生效日", "allocation": "来源"}),
        ("To", {"": "至", "mail": "收件人", "allocation": "核销至"}),
        ("Account", {"": "账户", "bookkeeping": "科目"}),
        ("Days", {"": "天数", "week": "发送日", "period": "日期"}),
        ("Issued", {"": "已开具", "day": "开具日期"}),
        ("Finished", {"": "已完成", "time": "完成时间"}),
        ("Name", {"": "名称", "person": "姓名"}),
        ("Person", {"": "个人", "member": "人员"}),
        ("Reference", {"": "参考号", "error": "错误编号"}),
        ("What", {"": "事项", "job": "对象"}),
    ],
)
def test_an_english_word_of_two_meanings_has_two_chinese_ones(
    word: str, said: dict[str, str], settings: Any
) -> None:
    with (settings.BASE_DIR / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    for context, chinese in said.items():
        entry = catalog.get(word, context or None)
        assert entry is not None
        assert entry.string == chinese
