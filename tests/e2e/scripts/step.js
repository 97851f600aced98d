// One step of the walk by Tab: where the focus is, and if a person could see it there.
() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  window.walked ??= new Map();
  if (!window.walked.has(at)) window.walked.set(at, window.walked.size);
  const name = `${at.tagName.toLowerCase()}${at.id ? "#" + at.id : ""}.${at.className?.baseVal ?? at.className} "${(at.getAttribute("aria-label") ?? at.innerText ?? "").trim().slice(0, 40)}"`;
  const rings = (one) => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5) || /inset|\d+px \d+px \d+px [1-9]/.test(style.boxShadow);
  };
  const around = [at, at.closest(".ts-wrapper, .ts-control, label, .palette-line"), ...at.querySelectorAll("rect")].filter(Boolean);
  const box = at.getBoundingClientRect();
  const problems = [];
  if (!at.matches("iframe") && !around.some(rings)) problems.push("no visible focus");
  const x = Math.min(Math.max((box.left + box.right) / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max((box.top + box.bottom) / 2, 0), innerHeight - 1);
  const inSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  if (!inSight) problems.push("focus out of sight");
  else {
    const hit = document.elementFromPoint(x, y);
    const own = hit && (at.contains(hit) || hit.contains(at) || hit.closest("label")?.contains(at) || hit.closest(".ts-wrapper")?.contains(at));
    if (!own && box.height < innerHeight) problems.push(`covered by ${hit?.tagName.toLowerCase()}.${hit?.className}`);
  }
  // A day or a moment has parts of its own, and so has what stands in a frame.
  const parts = at.matches("iframe") ? 50 : at.matches("[type^=date], [type=time], [type=month]") ? 8 : 0;
  return { id: window.walked.get(at), name, problems, parts };
}
