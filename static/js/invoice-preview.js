// The document beside the form, as the server draws it: the next version replaces the shown one once it is there.
const OPEN = "duebook.preview";
const PAGE = 794; // CSS pixels of an A4 page's width

export class Preview {
  constructor(form, texts) {
    this.url = form.dataset.preview;
    this.title = texts.previewTitle;
    this.form = form;
    this.card = form.querySelector("[data-preview-card]");
    this.frame = document.getElementById("preview-frame");
    this.button = form.querySelector("[data-preview-toggle]");
    this.link = form.querySelector("[data-preview-link]");
    this.card.hidden = false;
    this.button.addEventListener("click", () => this.toggle(!this.isOpen));
    this.toggle(localStorage.getItem(OPEN) !== "closed", { keep: false });
    new ResizeObserver(() => this.fit()).observe(this.frame);
    this.wide = window.matchMedia("(min-width: 1200px)");
    this.wide.addEventListener("change", () => this.show());
  }

  toggle(open, { keep = true } = {}) {
    this.isOpen = open;
    if (keep) localStorage.setItem(OPEN, open ? "open" : "closed");
    this.frame.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    this.form.classList.toggle("with-preview", open);
    if (open) this.show();
  }

  show(url = this.url) {
    this.url = url;
    if (!url) return;
    this.link.href = url;
    this.link.hidden = false;
    if (!this.isOpen || !window.matchMedia("(min-width: 1200px)").matches) return;
    const next = document.createElement("iframe");
    next.title = this.title;
    next.setAttribute("sandbox", "allow-same-origin");
    next.tabIndex = -1;
    next.className = "is-coming";
    next.addEventListener("load", () => {
      const shown = this.frame.querySelector("iframe:not(.is-coming)");
      next.contentWindow?.scrollTo(0, shown?.contentWindow?.scrollY ?? 0);
      next.classList.remove("is-coming");
      for (const other of [...this.frame.children]) if (other !== next && !other.classList.contains("is-coming")) other.remove();
    }, { once: true });
    for (const waiting of this.frame.querySelectorAll(".is-coming")) waiting.remove();
    next.src = url;
    this.frame.append(next);
    this.fit();
  }

  fit() {
    const scale = this.frame.clientWidth / PAGE;
    for (const page of this.frame.querySelectorAll("iframe")) {
      page.style.width = `${PAGE}px`;
      page.style.height = `${this.frame.clientHeight / (scale || 1)}px`;
      page.style.transform = `scale(${scale})`;
    }
  }
}
