"""The drawing process: closed, bounded, warm, and never in our way."""

import base64
import io
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pypdf
import pytest
from fontTools.ttLib import TTFont

from core import pdf
from core.pdf import drawer
from core.pdf.drawer import Drawer
from devtools.fonts import FONTS

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def own_child(monkeypatch):
    """Every test has a child of its own, so that limits set for it hold."""
    own = Drawer()
    monkeypatch.setattr(drawer, "_drawer", own)
    yield own
    own.stop()


def text_of(content):
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def told_of(*command):
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def images_in(content):
    return sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_both_scripts_embedded_truetype():
    content = pdf.render("<html lang=zh-hans><title>账单 1</title><p>上海 Łódź Ελλάδα <b>合计</b>")
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert "上海" in text_of(content)
    assert "Łódź" in text_of(content)
    assert reader.metadata.title == "账单 1"
    assert reader.trailer["/Root"]["/Lang"] == "zh-hans"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert len(fonts) >= 3
    for font in fonts:
        assert font["/Subtype"] == "/CIDFontType2"
        assert "/FontFile2" in font["/FontDescriptor"].get_object()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
@pytest.mark.parametrize("tag", ["span", "b"])
def test_rare_characters_kana_and_mathematics_are_drawn_by_our_faces(tag, tmp_path):
    said = "株式会社トヨタ・ひまわり ㇰ ≠ ≤ ∑ √ 䶮㛂㐂𬱖"
    path = tmp_path / "kana.pdf"
    path.write_bytes(pdf.render(f"<html lang=en><title>x</title><{tag}>{said}</{tag}>"))
    assert said in told_of("pdftotext", path, "-")
    fonts = told_of("pdffonts", path)
    names = [line.split()[0] for line in fonts.splitlines()[2:]]
    assert names
    assert all("+Duebook-" in name for name in names), names
    for weight in (400, 700):
        with TTFont(FONTS / f"NotoSansSC-{weight}.ttf", lazy=True) as font:
            assert {ord(one) for one in said} <= font.getBestCmap().keys()


def test_assets_and_inline_images_are_drawn():
    html = f'<img src="asset:dot" alt=a><img src="{PIXEL}" alt=b>'
    raw = base64.b64decode(PIXEL.partition(",")[2])
    assert images_in(pdf.render(html, assets={"dot": raw})) >= 1
    assert images_in(pdf.render("<img src='asset:missing' alt=a>")) == 0


def test_no_file_and_no_network(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    picture = tmp_path / "p.png"
    picture.write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.3)
    port = server.getsockname()[1]
    file, web = picture.as_uri(), f"http://127.0.0.1:{port}"
    svg = f"%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage href='{web}/g'/%3E%3C/svg%3E"
    page = f"""
    <link rel=attachment href="{secret.as_uri()}"><link rel=stylesheet href="{web}/a.css">
    <base href="{web}/"><style>@import "{web}/b.css"; p {{ background: url({web}/c.png) }}
    @font-face {{ font-family: x; src: url({file}) }}
    @font-face {{ font-family: y; src: local(DejaVu) }}
    ul {{ list-style-image: url({file}) }}</style>
    <p>shown<ul><li>x</ul><img src="{file}"><img src="{web}/d.png"><embed src="{file}">
    <object data="{web}/e.svg"></object><img src="data:image/svg+xml,{svg}">
    <svg><image href="{file}"/><use href="{web}/f.svg#a"/></svg>
    <img src="data:text/html,hello"><a href="{secret.as_uri()}" rel=attachment>x</a>
    """
    content = pdf.render(page)
    assert "shown" in text_of(content)
    assert images_in(content) == 0
    assert b"TOPSECRET" not in content
    assert not pypdf.PdfReader(io.BytesIO(content)).attachments
    with pytest.raises(TimeoutError):
        server.accept()
    server.close()


def test_too_slow_is_stopped_and_the_next_one_is_drawn(settings, own_child):
    pdf.render("<p>warm")
    slow_child = own_child.child_id
    settings.PDF_SECONDS = 1
    started = time.monotonic()
    with pytest.raises(pdf.RenderTooSlow):
        pdf.render("<table>" + "<tr><td>x" * 40_000)
    assert time.monotonic() - started < 3
    settings.PDF_SECONDS = 30
    assert "next" in text_of(pdf.render("<p>next"))
    assert own_child.child_id != slow_child
    with pytest.raises(ProcessLookupError):
        os.kill(slow_child, 0)


def test_memory_is_bounded(settings):
    settings.PDF_MEMORY_MIB = 420
    settings.PDF_SECONDS = 50
    pdf.render("<p>fits")
    with pytest.raises(pdf.RenderFailed):
        pdf.render("<p>" + "wörd " * 6_000_000)
    assert "again" in text_of(pdf.render("<p>again"))


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(pdf.RenderFailed, match=r"RecursionError|nested"):
        pdf.render("<div>" * 3000 + "x")
    assert "on" in text_of(pdf.render("<p>on"))


def test_threads_share_one_child(own_child):
    answers, before, children = {}, threading.active_count(), _children_of(os.getpid())

    def draw(number):
        answers[number] = text_of(pdf.render(f"<p>page-{number}-end"))

    threads = [threading.Thread(target=draw, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"page-{number}-end" in answers[number] for number in range(8))
    assert threading.active_count() == before
    assert set(_children_of(os.getpid())) - set(children) == {str(own_child.child_id)}


def test_child_is_recycled(monkeypatch, own_child):
    monkeypatch.setattr(drawer, "DOCUMENTS_PER_CHILD", 2)
    used = []
    for _ in range(4):
        pdf.render("<p>x")
        used.append(own_child.child_id)
    assert used[0] == used[1] != used[2] == used[3]


def test_a_killed_child_is_replaced(own_child):
    pdf.render("<p>x")
    os.kill(own_child.child_id, 9)
    time.sleep(0.2)
    assert "y" in text_of(pdf.render("<p>y"))


def test_child_ends_with_its_parent_and_leaves_no_fonts():
    """A worker killed by the system takes its child, and the child's copies of fonts, with it."""
    parent = os.fork()
    if not parent:
        try:
            forked = Drawer()
            drawer._drawer = forked
            pdf.render("<p>x")
            Path(os.environ["FORKED"]).write_text(f"{forked.child_id} {forked._folder}")
            time.sleep(60)
        finally:
            os._exit(1)
    note = Path(os.environ["FORKED"])
    deadline = time.monotonic() + 30
    while not note.exists() or not note.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child, folder = note.read_text().split()
    assert Path(folder).is_dir()
    os.kill(parent, 9)
    os.waitpid(parent, 0)
    while _runs(child) or Path(folder).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(autouse=True)
def _note(monkeypatch, tmp_path):
    monkeypatch.setenv("FORKED", str(tmp_path / "forked"))


def test_child_knows_nothing_of_django():
    source = Path(drawer.protocol.__file__).read_text()
    assert "import django" not in source
    assert "from django" not in source
    assert "weasyprint" not in Path(drawer.__file__).read_text().replace("WeasyPrint", "")


def _runs(pid):
    """Test if the process is there, and not only waits for somebody to note that it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _children_of(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and "core/pdf/child.py" in (path.parent / "cmdline").read_text():
            found.append(path.parent.name)
    return found
