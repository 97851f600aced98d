// Every text of the page that somebody reads or hears, but for what is code or in another language.
() => {
  const APART = "script, style, template, option, textarea, kbd, code, pre, bdi, [lang]:not(html)";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element.closest(APART) && element.checkVisibility({ visibilityProperty: true })) found.push(node.data);
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], img[alt]")) {
    if (one.closest(APART)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) found.push(one.getAttribute(name) ?? "");
  }
  return [...new Set(found.map((text) => text.trim().replace(/\s+/g, " ")))];
}
