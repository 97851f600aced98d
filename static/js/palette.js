// The palette: a combobox in a dialog. The server ranks and writes the choices; here they are walked.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-q");
const answer = document.getElementById("palette-answer");

const choices = () => [...answer.querySelectorAll('[role="option"]')];
const chosen = () => answer.querySelector('[aria-selected="true"]');

export function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  input.focus();
  input.select();
  window.htmx?.trigger(input, "palette");
}

function choose(option, { scroll = true } = {}) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  if (scroll) option.scrollIntoView({ block: "nearest" });
}

function walk(step) {
  const all = choices();
  if (!all.length) return;
  const place = all.indexOf(chosen());
  choose(all[(place + step + all.length) % all.length]);
}

function onKey(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const act = {
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    PageDown: () => choose(choices().at(-1)),
    PageUp: () => choose(choices()[0]),
    Enter: () => open(event),
  }[event.key];
  if (!act || event.altKey) return;
  event.preventDefault();
  act();
}

// Enter before the answer to the last letter is there waits for it.
let isBehind = false;
let opensNext = null;

function open(event) {
  if (isBehind) {
    opensNext = { ctrlKey: event.ctrlKey, metaKey: event.metaKey };
    return;
  }
  chosen()?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
}

function show() {
  const all = choices();
  input.setAttribute("aria-expanded", String(all.length > 0));
  choose(answer.querySelector("[data-best]") ?? all[0], { scroll: false });
  answer.scrollTop = 0;
  chosen()?.scrollIntoView({ block: "nearest" });
  dialog.querySelector("[data-palette-status]").textContent =
    answer.querySelector("[data-palette-news]")?.textContent.trim() ?? "";
  isBehind = false;
  if (opensNext) {
    const keys = opensNext;
    opensNext = null;
    open(keys);
  }
}

if (dialog) {
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => { isBehind = true; });
  answer.addEventListener("htmx:afterSwap", show);
  input.addEventListener("htmx:responseError", () => { isBehind = false; opensNext = null; });
  input.addEventListener("htmx:sendError", () => { isBehind = false; opensNext = null; });
  answer.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== chosen()) choose(option, { scroll: false });
  });
  dialog.addEventListener("close", () => input.setAttribute("aria-expanded", "false"));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-palette]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      openPalette();
    }
  });
}

// Dialogs close by their button, and by a click beside them.
for (const one of document.querySelectorAll("dialog")) {
  one.addEventListener("click", (event) => {
    if (event.target === one || event.target.closest("[data-close-dialog]")) one.close();
  });
}
