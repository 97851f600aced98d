"""Drawing PDF documents from HTML, in a warm and bounded process beside this one."""

from core.pdf.drawer import RenderFailed, RenderTooSlow, render

__all__ = ["RenderFailed", "RenderTooSlow", "render"]
