// Short messages: toasts that go by themselves unless they are errors, and the spoken line.
const region = document.getElementById("toasts");

export function announce(text) {
  const line = document.getElementById("announcer");
  if (line) line.textContent = text;
}

// An undo, { label, act }, stands in the note as a button; the note then waits twice as long.
export function toast(text, kind = "info", undo = null) {
  if (!region || !text) return;
  const note = document.createElement("div");
  note.className = `toast-note toast-${kind}`;
  note.dataset.toast = kind;
  const words = document.createElement("div");
  words.className = "toast-text";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.close = "";
  close.setAttribute("aria-label", document.getElementById("texts")?.dataset.close ?? "×");
  note.append(words, close);
  if (undo) close.before(undoButton(undo, note));
  region.append(note);
  expire(note, undo ? 12000 : 6000);
}

function undoButton({ label, act }, note) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = label;
  button.addEventListener("click", () => { note.remove(); act(); });
  return button;
}

function expire(note, wait = 6000) {
  if (["error", "warning"].includes(note.dataset.toast) || note.querySelector("a")) return;
  if (note.querySelector("form")) wait = 30000; // what can be taken back
  let timer = setTimeout(() => note.remove(), wait);
  const hold = () => clearTimeout(timer);
  const resume = () => { timer = setTimeout(() => note.remove(), 3000); };
  note.addEventListener("mouseenter", hold);
  note.addEventListener("focusin", hold);
  note.addEventListener("mouseleave", resume);
  note.addEventListener("focusout", resume);
}

region?.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest(".toast-note").remove();
});
if (document.body.classList.contains("shell")) {
  for (const note of document.querySelectorAll(".toast-note")) expire(note);
}
