// Keys, as core/shortcuts.py has them: what a key does is written there, how it is done is here.
import { toast } from "./notes.js";
import { openPalette } from "./palette.js";

const rows = JSON.parse(document.getElementById("keys")?.dataset.map ?? "[]");
const bound = new Map();
for (const row of rows) {
  if (row.bound) for (const keys of row.keys) bound.set(keys, row);
}
const leaders = new Set([...bound.keys()].filter((keys) => keys.includes(" ")).map((keys) => keys[0]));

const WAIT = 1500; // milliseconds between the two keys of "g i"
let leader = "";
let timer = 0;

// --- Rows of a list: the focus stands on a row's link, so that Enter opens it by itself.
const tableRows = () => [...document.querySelectorAll(".list-table tbody tr")];
export const linkOf = (row) => row?.querySelector('th[scope="row"] a[href]') ?? row?.querySelector("a[href]");
export const currentRow = () => document.activeElement?.closest?.(".list-table tbody tr");
const boxOf = (row) => row?.querySelector('input[name="selected"]');

function step(by) {
  const all = tableRows();
  const place = all.indexOf(currentRow());
  const next = all[place < 0 ? (by > 0 ? 0 : all.length - 1) : place + by];
  const target = linkOf(next) ?? boxOf(next);
  target?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(target);
}

function tick(shiftKey) {
  const box = boxOf(currentRow());
  box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  return Boolean(box);
}

// --- The list one came from: its rows' addresses, kept in this tab alone. A record's own tables,
// such as a customer's open items, are no lists: leaving it must not end the walk.
const STORE = "duebook.rows";
window.addEventListener("pagehide", () => {
  if (!document.querySelector("#list-results[data-list]")) return;
  const links = tableRows().map((row) => linkOf(row)?.getAttribute("href")).filter(Boolean);
  if (links.length) sessionStorage.setItem(STORE, JSON.stringify(links));
});

function neighbour(by) {
  const links = JSON.parse(sessionStorage.getItem(STORE) ?? "[]");
  const place = links.indexOf(location.pathname);
  const next = place < 0 ? undefined : links[place + by];
  if (next) location.assign(next);
  return Boolean(next);
}

function reviewed(by) {
  const all = [...document.querySelectorAll(".review-item")];
  const place = all.findIndex((one) => one.classList.contains("is-active"));
  const next = all[place + by];
  next?.click();
  return Boolean(next);
}

function openKeys() {
  const sheet = document.getElementById("keys-sheet");
  if (!sheet || sheet.open) return false;
  window.htmx?.trigger("#keys-body", "keys");
  sheet.showModal();
  return true;
}

function submitForm() {
  const form = document.activeElement?.closest("form[method=post]") ?? document.querySelector("main form[method=post]");
  if (!form) return false;
  const buttons = [...document.querySelectorAll("main button.btn-primary[type=submit]")];
  const button = buttons.find((one) => one.form === form && !one.disabled);
  button?.click();
  return Boolean(button);
}

const DO = {
  palette: () => { openPalette(); return true; },
  help: openKeys,
  "record-up": () => neighbour(-1),
  "record-down": () => neighbour(1),
  "row-down": () => step(1),
  "row-up": () => step(-1),
  "row-open": () => { const link = linkOf(currentRow()); link?.click(); return Boolean(link); },
  "row-tick": () => tick(false),
  "row-range": () => tick(true),
  "row-copy": () => {
    const text = linkOf(currentRow())?.textContent.trim();
    if (!text || !navigator.clipboard) return false;
    const said = document.getElementById("texts")?.dataset.copied;
    navigator.clipboard.writeText(text).then(() => toast(said, "success"), () => {});
    return true;
  },
  views: () => {
    const tab = document.querySelector("#list-tabs a[aria-current], #list-tabs a");
    tab?.focus();
    return Boolean(tab);
  },
  filters: () => {
    const menu = document.querySelector(".filter-menu");
    if (!menu) return false;
    menu.open = true;
    (menu.querySelector("input:not([type=hidden]), select") ?? menu.querySelector("summary")).focus();
    return true;
  },
  "review-down": () => reviewed(1),
  "review-up": () => reviewed(-1),
  "review-return": () => {
    const reason = document.querySelector(".review-decision [name=reason]");
    reason?.focus();
    return Boolean(reason);
  },
  "form-submit": submitForm,
};

// A page's own script says how its keys are done; where none does, the key is the browser's.
export function provide(acts) {
  Object.assign(DO, acts);
}

function nameOf(event) {
  const key = event.key.length === 1 ? event.key : event.key.toLowerCase();
  // Alt gives other signs on some keyboards: the key is then named by its place.
  const place = event.altKey && /^Key[A-Z]$/.test(event.code) ? event.code.at(-1) : key;
  const letter = /^[a-z]$/i.test(place) ? place.toLowerCase() : key;
  if (event.ctrlKey || event.metaKey) return event.altKey ? "" : `mod+${letter}`;
  if (event.altKey) return `alt+${letter}`;
  return event.shiftKey && /^[a-z]$/.test(letter) ? `shift+${letter}` : letter;
}

function isTyping(target) {
  const field = target.closest?.("input, textarea, select, [contenteditable=true], [contenteditable='']");
  return Boolean(field) && !["checkbox", "radio", "button", "submit"].includes(field.type);
}

function act(row) {
  if (row.url) {
    location.assign(row.url);
    return true;
  }
  if (row.does) return DO[row.does]?.() ?? false;
  const button = document.querySelector(row.button);
  button?.click();
  return Boolean(button);
}

function onKey(event) {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented || event.repeat && leader) return;
  const name = nameOf(event);
  const isSingle = !name.startsWith("mod+") && !name.startsWith("alt+");
  if (!name || ["shift", "control", "alt", "meta"].includes(name)) return;
  if (isSingle && (isTyping(event.target) || document.querySelector("dialog[open]"))) return;
  // Enter presses what has the focus; it is in the table for the sheet alone.
  if (name === "enter") return;
  const row = bound.get(leader && isSingle ? `${leader} ${name}` : name);
  if (!leader && isSingle && leaders.has(name)) {
    leader = name;
    clearTimeout(timer);
    timer = setTimeout(() => { leader = ""; }, WAIT);
    return;
  }
  leader = "";
  if (row && act(row)) event.preventDefault();
}

// The key stands in the tooltip of what it presses or opens; keys in a row cannot be said in ARIA.
export function nameKeys(part) {
  for (const row of rows) {
    const links = row.url ? `.side-link[href="${row.url}"], .menu-link[href="${row.url}"], .page-actions a[href="${row.url}"]` : row.button;
    if (!links || !row.names) continue;
    for (const element of part.querySelectorAll?.(links) ?? []) {
      element.title = `${row.label} (${row.names})`;
      const said = row.keys.filter((keys) => !keys.includes(" ")).map(aria);
      if (said.length) element.setAttribute("aria-keyshortcuts", said.join(" "));
    }
  }
}

function aria(keys) {
  return keys.split("+").map((key) => ({ mod: "Control", alt: "Alt", shift: "Shift" })[key] ?? key.toUpperCase()).join("+");
}

document.addEventListener("keydown", onKey);
