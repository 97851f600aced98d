"""The company's logo: hostile pictures, what is kept of sound ones, and where it stands."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw, PngImagePlugin

from core import files
from core.colors import READABLE, contrast_on_white, readable_shade
from core.companies import active_logo
from core.logos import data_address
from core.models import AuditEntry, Logo, StoredFile, Tenant, User
from core.operations.draw_logo import BOX, MOST_BYTES, LogoRefused, drawn_anew
from core.operations.logo import remove_logo, set_logo
from core.tenancy import tenant_scope
from invoices.documents import bill_of, html_for, parties_of
from invoices.models import Invoice
from tests.conftest import NOON
from tests.documents.builders import L, issued

URL = "/t/acme/settings/logo/"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 120), **more: Any) -> bytes:
    """Return a red bar on white, with a wide empty border."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((100, 50, 199, 79), fill="red")
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def reading(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def claiming(width: int, height: int) -> bytes:
    """Return a tiny PNG whose header claims to be huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + end

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 4096)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


class TestDrawing:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_cuts_the_empty_border_off(self, kind: str) -> None:
        drawn = drawn_anew(picture(kind))
        assert 100 <= drawn.width <= 116  # JPEG smears an edge over its block of eight
        assert 30 <= drawn.height <= 46
        assert reading(drawn.content).format == "PNG"

    def test_cuts_transparency_off(self) -> None:
        image = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse((50, 20, 149, 59), fill="blue")
        out = io.BytesIO()
        image.save(out, "PNG")
        drawn = drawn_anew(out.getvalue())
        assert (drawn.width, drawn.height) == (100, 40)
        assert reading(drawn.content).mode == "RGBA"

    def test_makes_large_ones_small_and_keeps_their_shape(self) -> None:
        image = Image.effect_noise((3000, 1000), 90)
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=20)
        drawn = drawn_anew(out.getvalue())
        assert drawn.width <= BOX[0]
        assert drawn.height <= BOX[1]
        assert abs(drawn.width / drawn.height - 3) < 0.05

    def test_keeps_the_pixels_alone(self) -> None:
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", "<script>alert(1)</script>")
        tail = b"PK\x03\x04 <html><script>alert(2)</script>"
        drawn = drawn_anew(picture(pnginfo=info) + tail)
        assert b"script" not in drawn.content
        assert b"PK\x03\x04" not in drawn.content
        exif = Image.Exif()
        exif[0x010E] = "where it was taken"
        assert b"taken" not in drawn_anew(picture("JPEG", exif=exif)).content

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg onload='x'/>", "SVG"),
            (b"<!-- x --><svg/>", "SVG"),
            (b"GIF89a" + b"\0" * 100, "Only PNG and JPEG"),
            (b"MZ\x90\x00" + b"\0" * 100, "Only PNG and JPEG"),
            (b"%PDF-1.7", "Only PNG and JPEG"),
            (b"<html><body>", "Only PNG and JPEG"),
            (b"", "Only PNG and JPEG"),
            (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "damaged"),
            (picture()[:200], "damaged"),
            (b"\xff\xd8\xff\xe0" + b"\0" * 50, "damaged"),
            (claiming(20_000, 20_000), "12 million"),
            (claiming(60_000, 60_000), "12 million"),
            (claiming(4000, 3001), "12 million"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, "2 MB"),
        ],
    )
    def test_refuses_with_the_reason(self, content: bytes, why: str) -> None:
        with pytest.raises(LogoRefused, match=why):
            drawn_anew(content)

    @pytest.mark.parametrize("color", [(255, 255, 255, 255), (0, 0, 0, 0)])
    def test_refuses_an_empty_picture(self, color: tuple[int, int, int, int]) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (50, 50), color).save(out, "PNG")
        with pytest.raises(LogoRefused, match="empty"):
            drawn_anew(out.getvalue())


class TestPage:
    @pytest.fixture
    def admin(self, client: Client, members: dict[str, User]) -> Client:
        client.force_login(members["ADMIN"])
        return client

    def test_takes_and_shows_it(self, admin: Client, tenant: Tenant) -> None:
        assert "data:image" not in admin.get(URL).content.decode()
        file = SimpleUploadedFile("../../x.php", picture(), "text/html")
        answer = admin.post(URL, {"file": file}, follow=True)
        assert answer.content.decode().count('src="data:image/png;base64,') == 2
        with tenant_scope(tenant.pk):
            logo = Logo.objects.select_related("file").get()
            assert (logo.file.name, logo.file.content_type) == ("logo.png", "image/png")
            [entry] = AuditEntry.objects.filter(event="company.changed")
            assert entry.changes == {"logo": ["", logo.file.sha256[:12]]}
        admin.post(URL, {"remove": "yes"})
        assert "data:image" not in admin.get(URL).content.decode()

    def test_says_why_it_refuses(self, admin: Client, tenant: Tenant) -> None:
        svg = SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>", "image/png")
        answer = admin.post(URL, {"file": svg})
        assert answer.status_code == 422
        assert "An SVG is a program" in answer.content.decode()
        assert admin.post(URL, {}).status_code == 422
        with tenant_scope(tenant.pk):
            assert not StoredFile.objects.exists()

    def test_is_for_who_may_change_settings(self, client: Client, members: dict[str, User]) -> None:
        client.force_login(members["MANAGER"])
        assert client.post(URL, {"remove": "yes"}).status_code == 403


class TestDocuments:
    def test_a_bill_keeps_the_logo_it_was_issued_with(self, in_tenant: Tenant) -> None:
        def use(color: str) -> str:
            content = picture() if color == "red" else other_picture()
            set_logo(tenant=in_tenant, content=content, at=NOON, actor=None)
            return active_logo()

        first = use("red")
        bill = issued([L("Support", "2", "500.00")])
        second = use("blue")
        assert first != second
        kept = Invoice.objects.get(pk=bill.pk)
        assert kept.parties["seller"]["logo"] == first
        assert bill_of(kept).logo == data_address(first)
        assert parties_of(kept)["seller"]["logo"] == second
        remove_logo(tenant=in_tenant, at=NOON, actor=None)
        assert bill_of(kept).logo == data_address(first)
        assert f'src="{data_address(first)}"' in html_for(kept)
        assert active_logo() == ""

    def test_a_bill_without_one_says_the_name(self, in_tenant: Tenant) -> None:
        bill = issued([L("Support", "2", "500.00")])
        page = html_for(Invoice.objects.get(pk=bill.pk))
        assert '<p class="seller-name"' in page
        assert "<img" not in page

    def test_a_lost_file_stops_no_bill(self, in_tenant: Tenant) -> None:
        set_logo(tenant=in_tenant, content=picture(), at=NOON, actor=None)
        logo = Logo.objects.select_related("file").get()
        files._path(in_tenant.pk, logo.file.sha256).unlink()
        assert data_address(logo.file.sha256) == ""

    def test_the_same_picture_again_changes_nothing(self, in_tenant: Tenant) -> None:
        for _time in range(2):
            set_logo(tenant=in_tenant, content=picture(), at=NOON, actor=None)
        assert Logo.objects.count() == 1

    def test_another_company_has_its_own(self, tenant: Tenant, other_tenant: Tenant) -> None:
        with tenant_scope(tenant.pk):
            set_logo(tenant=tenant, content=picture(), at=NOON, actor=None)
            digest = active_logo()
        with tenant_scope(other_tenant.pk):
            assert active_logo() == ""
            assert data_address(digest) == ""


def other_picture() -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (80, 60), "white")
    ImageDraw.Draw(image).rectangle((10, 10, 40, 30), fill="blue")
    image.save(out, "PNG")
    return out.getvalue()


def test_the_address_holds_the_bytes(in_tenant: Tenant) -> None:
    set_logo(tenant=in_tenant, content=picture(), at=NOON, actor=None)
    head, _comma, body = data_address(active_logo()).partition(",")
    assert head == "data:image/png;base64"
    assert reading(base64.b64decode(body)).size == (100, 30)


@pytest.mark.parametrize("color", ["#ffcc00", "#ffffff", "#66ccff", "#1a56db", "#000000"])
def test_the_shade_proposed_can_be_read(color: str) -> None:
    shade = readable_shade(color)
    assert contrast_on_white(shade) >= READABLE
    assert (shade == color) == (contrast_on_white(color) >= READABLE)
