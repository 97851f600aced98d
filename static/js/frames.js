// A table that is wider than its frame scrolls inside it; others scroll with the page, so that their
// head stays in sight without a second scroll bar.
const cards = window.matchMedia("(max-width: 639.98px)");

export function bindFrames(part) {
  for (const frame of part.querySelectorAll?.(".list-frame") ?? []) {
    const table = frame.querySelector("table");
    if (!table) continue;
    let width = 0;
    new ResizeObserver(() => {
      if (frame.clientWidth === width) return;
      width = frame.clientWidth;
      frame.classList.remove("is-wide");
      frame.classList.toggle("is-wide", !cards.matches && table.offsetWidth > width + 1);
    }).observe(frame);
  }
}
