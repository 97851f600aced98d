// What a person would see go wrong on a page: run by tests/e2e/looking.py, never by the site.
({ mark, only }) => {
  const MARK = new RegExp(mark, "u");
  const found = new Set();
  const tell = (what, element, text) => {
    const classes = [...(element.classList ?? [])].join(".");
    const name = `${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""}${classes ? "." + classes : ""}`;
    found.add(`${what}: ${name} "${text.trim().replace(/\s+/g, " ").slice(0, 70)}"`);
  };
  const hiding = new WeakMap();
  // Said to screen readers only: cut to nothing on purpose.
  const isForReaders = (element) => {
    if (!element || element === document.documentElement) return false;
    if (!hiding.has(element)) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const cut = style.clipPath.startsWith("inset(50%") || style.clip === "rect(0px, 0px, 0px, 0px)";
      hiding.set(element, cut || (box.width <= 1 && box.height <= 1 && style.overflow === "hidden") || isForReaders(element.parentElement));
    }
    return hiding.get(element);
  };
  const isShown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !isForReaders(element);
  const isSaid = (element, text) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (at.title && at.title.includes(text.trim())) return true;
    }
    return false;
  };
  const SPILLS = "button, .btn, .chip, td, th, label, summary, dt, dd, li, h1, h2, h3, p, legend, .menu-link, .side-link, .card-title";
  // True for what is scrolled out of sight, or cut: nothing can cover that.
  const cutBy = (rect, element, text) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY);
      if (scrolls) return rect.right > box.right || rect.left < box.left || rect.bottom > box.bottom || rect.top < box.top;
      if (/hidden|clip/.test(style.overflowX) && (rect.right > box.right + 1.5 || rect.left < box.left - 1.5)) {
        if (!isSaid(element, text)) tell("cut", at, text);
        return true;
      }
      if (/hidden|clip/.test(style.overflowY) && (rect.bottom > box.bottom + 3 || rect.top < box.top - 3)) {
        if (!isSaid(element, text)) tell("cut below", at, text);
        return true;
      }
      if (at.matches(SPILLS) && style.display !== "inline" && (rect.right > box.right + 1.5 || rect.left < box.left - 1.5)) {
        tell("spills", at, text);
        return true;
      }
      if (style.position === "fixed") return false;
    }
    if (rect.right > document.documentElement.clientWidth + 1 || rect.left < -1) tell("off the screen", element, text);
    return false;
  };
  const coveredBy = (rect, element, text) => {
    const y = (rect.top + rect.bottom) / 2;
    for (const x of [rect.left + 2, (rect.left + rect.right) / 2, rect.right - 2]) {
      const hit = document.elementFromPoint(x, y);
      if (!hit || hit.contains(element) || element.contains(hit)) continue;
      if (hit.closest("label")?.contains(element) || hit.closest(".toasts, dialog")) continue;
      if (hit.closest("a, button, label, summary")?.parentElement?.contains(element) && hit.textContent.trim() === "") continue;
      tell("covered", element, `${text.trim().slice(0, 30)} <- ${hit.tagName.toLowerCase()}.${hit.className}`);
      return;
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const wide = (text, element) => {
    const pen = document.createElement("canvas").getContext("2d");
    const style = getComputedStyle(element);
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return pen.measureText(text).width > element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + 2;
  };
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, template, noscript, option, select, textarea, iframe, svg")) continue;
    if (only && !MARK.test(node.data)) continue;
    if (!isShown(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || rect.height < 1) continue;
      if (!cutBy(rect, element, node.data)) coveredBy(rect, element, node.data);
    }
  }
  // Fields are as wide as what is typed asks for; a list shows its choices whole once it is open.
  for (const field of only ? [] : document.querySelectorAll("select, input[placeholder]")) {
    if (!isShown(field) || field.classList.contains("tomselected")) continue;
    const text = field.matches("select") ? field.selectedOptions[0]?.text ?? "" : field.value ? "" : field.placeholder;
    if (text && (!only || MARK.test(text)) && wide(text, field) && !isSaid(field, text)) tell("cut in field", field, text);
  }
  return [...found];
}
