// Ticked rows: a click with Shift ticks those between, and the server says what they add up to.
export function bindSelections(part) {
  const forms = [...(part.querySelectorAll?.("form[data-selection]") ?? [])];
  for (const form of forms) bind(form);
}

function bind(form) {
  const boxes = [...form.querySelectorAll('input[name="selected"]')];
  const page = form.querySelector("[data-select-page]");
  const matching = form.querySelector("[data-select-matching]");
  const bar = form.querySelector("[data-selection-bar]");
  if (!bar) return;
  const sums = summary(form, bar.querySelector("[data-selection-summary]"));
  let last = null;
  const refresh = () => {
    const ticked = boxes.filter((box) => box.checked);
    bar.classList.toggle("is-shown", ticked.length > 0);
    if (page) {
      page.checked = ticked.length > 0 && ticked.length === boxes.length;
      page.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    }
    if (matching && ticked.length === 0) matching.checked = false;
    sums(ticked.length);
  };
  form.addEventListener("change", (event) => {
    if (event.target === page) for (const box of boxes) box.checked = page.checked;
    if (event.target === matching && matching.checked) for (const box of boxes) box.checked = true;
    if (matching && (event.target.name === "selected" || event.target === page)) matching.checked = false;
    refresh();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-select-none]")) {
      for (const box of boxes) box.checked = false;
      refresh();
      (page ?? boxes[0])?.focus();
      return;
    }
    const box = event.target.closest?.('input[name="selected"]');
    if (!box) return;
    if (event.shiftKey && last && last !== box) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes.slice(from, to + 1)) one.checked = box.checked;
      refresh();
    }
    last = box;
  });
  // A label that is clicked with Shift would mark text.
  form.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest?.(".check-target")) event.preventDefault();
  });
  // A file leaves the page where it is: the form can be sent again.
  form.addEventListener("submit", (event) => {
    const menu = event.submitter?.closest("details.menu");
    if (!event.submitter?.hasAttribute("data-again")) return;
    setTimeout(() => {
      delete form.dataset.sent;
      event.submitter.removeAttribute("aria-busy");
      if (menu) menu.open = false;
    });
  });
  refresh();
}

// Asks a moment after the last tick; an answer that a later tick has overtaken is dropped.
function summary(form, line) {
  let timer, asking;
  return (count) => {
    clearTimeout(timer);
    asking?.abort();
    if (!line || count === 0) {
      line?.replaceChildren();
      return;
    }
    timer = setTimeout(async () => {
      asking = new AbortController();
      const body = new FormData(form);
      body.delete("once");
      body.set("summary", "1");
      try {
        const answer = await fetch(form.dataset.summary, { method: "POST", body, signal: asking.signal });
        if (answer.ok && !answer.redirected) line.innerHTML = await answer.text();
      } catch (error) {
        if (error.name !== "AbortError") line.replaceChildren();
      }
    }, 150);
  };
}
