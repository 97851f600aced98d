// What the Tab key should reach, told as the walk tells it; those it has met are left out.
() => {
  const isStop = (one) =>
    one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert], dialog:not([open])");
  const isOwnRadio = (one) =>
    one.type !== "radio" || one.checked || !document.querySelector(`input[type=radio][name="${CSS.escape(one.name)}"]:checked`);
  const missed = [];
  for (const one of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")) {
    if (!isStop(one) || !isOwnRadio(one) || window.walked?.has(one)) continue;
    if (one.type === "radio" && [...(window.walked?.keys() ?? [])].some((other) => other.type === "radio" && other.name === one.name)) continue;
    missed.push(`${one.tagName.toLowerCase()}${one.id ? "#" + one.id : ""}.${one.className?.baseVal ?? one.className}`);
  }
  return missed;
}
