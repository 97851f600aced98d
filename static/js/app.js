// What makes pages pleasanter; without it they work all the same.
import { announce, toast } from "./notes.js";
import { bindSelections } from "./selection.js";
import { bindTypeaheads } from "./typeahead.js";
import { bindDays } from "./days.js";
import { bindFrames } from "./frames.js";
import { keepPlace } from "./place.js";
import "./palette.js";
import { nameKeys } from "./shortcuts.js";
import "./row-menu.js";

const texts = document.getElementById("texts")?.dataset ?? {};

// Menus close when the focus or a click goes elsewhere, and by Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (location.hash === "#nav") location.hash = "main";
});

// The navigation's width changes at once; the cookie is for the next page.
document.querySelector("form[data-narrow]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const narrow = document.body.classList.toggle("nav-narrow");
  const button = event.target.querySelector("button");
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `nav=${narrow ? "narrow" : "wide"}; path=/; max-age=31536000; samesite=lax${secure}`;
  button.value = narrow ? "wide" : "narrow";
  button.setAttribute("aria-pressed", String(narrow));
});

// A form is sent once; its buttons come back when the page is shown again from the history.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("data-drop-empty")) dropEmpty(form);
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-put")) return;
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll('button[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

function dropEmpty(form) {
  const idle = [...form.elements].filter((field) => field.name && !field.value && !field.disabled);
  for (const field of idle) field.disabled = true;
  setTimeout(() => { for (const field of idle) field.disabled = false; });
}

// Copying an amount gives the plain number, wherever it stands alone in the selection.
document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  const text = selection.toString().trim();
  const node = selection.anchorNode?.parentElement?.closest("[data-copy]");
  if (node && text && node.textContent.includes(text) && text.length >= node.innerText.trim().length) {
    event.clipboardData.setData("text/plain", node.dataset.copy);
    event.preventDefault();
  }
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy-text]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copyText);
    toast(texts.copied ?? "", "success");
  }
});

// A text that is cut at the end of its place is shown whole to whoever points at it.
document.addEventListener("mouseover", (event) => {
  for (let part = event.target, up = 0; part?.closest && up < 3; part = part.parentElement, up += 1) {
    if (part.title || part.scrollWidth <= part.clientWidth) continue;
    if (getComputedStyle(part).textOverflow === "ellipsis") part.title = part.textContent.trim().replace(/\s+/g, " ");
  }
});

// An amount is selected when its field is entered, and a wheel over it changes nothing.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.('input[inputmode="decimal"]')) event.target.select();
});

// htmx: one place for what goes wrong, and for saying aloud what changed.
document.body.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  toast(status === 401 || status === 403 ? texts.signedOut : texts.failed, "error");
});
document.body.addEventListener("htmx:sendError", () => toast(texts.failed, "error"));
document.body.addEventListener("htmx:timeout", () => toast(texts.failed, "error"));
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
  if (event.detail.verb !== "get" || !event.detail.elt.matches?.("[data-drop-empty]")) return;
  const parameters = event.detail.parameters;
  for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  enhance(event.detail.elt);
  const news = event.detail.elt.querySelector?.("[data-announce]");
  if (news) announce(news.textContent.trim());
});

// What can be scrolled can be reached by the keyboard.
function bindScrollers(part) {
  for (const frame of part.querySelectorAll?.(".table-responsive:not([tabindex])") ?? []) frame.tabIndex = 0;
}

function enhance(part) {
  bindScrollers(part);
  bindFrames(part);
  bindSelections(part);
  bindTypeaheads(part);
  bindDays(part);
  nameKeys(part);
  part.querySelector?.("[data-focus]")?.focus();
}
enhance(document);
keepPlace();
