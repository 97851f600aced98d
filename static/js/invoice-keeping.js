// What is typed goes to the server: totals come back at once, and a moment later the draft is saved.
// The latest answer wins. What no server has taken yet waits in this tab, and is sent when it is shown again.
import { announce, toast } from "./notes.js";

const TOTALS_AFTER = 250; // milliseconds after the last key
const KEEP_AFTER = 1200;
const RETRY_AFTER = 5000;
const STORE_AFTER = 100;
const STORE = "duebook.typed"; // by the page's path
const LONGEST = 60_000; // bytes that a page can send for certain while it closes

// As the form itself is sent. Parts with headers of their own would be four times as long, and what
// a page sends while it closes may be 64 KB at most.
const asSent = (fields) => new URLSearchParams([...fields].map(([name, value]) => [name, value.replace(/\r?\n/g, "\r\n")]));

export class Keeper {
  constructor(form, texts, preview) {
    Object.assign(this, { form, texts, preview });
    this.asks = form.dataset.asks;
    this.state = document.getElementById("save-state");
    this.totals = document.getElementById("totals");
    this.conflict = document.getElementById("conflict");
    this.turn = 0;
    this.change = 0; // grows with every change; what was kept is known by its number
    this.kept = 0;
    this.readings = new Map();
    this.isPaused = Boolean(this.conflict.children.length);
    this.isLeaving = false;
  }

  start() {
    const isSent = ({ target }) => !target.matches("input, select, textarea") || target.name;
    for (const kind of ["input", "change"]) {
      this.form.addEventListener(kind, (event) => { if (isSent(event)) this.onChange(); });
    }
    this.form.addEventListener("focusout", (event) => this.onLeave(event.target));
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    document.addEventListener("click", (event) => this.onTakeMine(event));
    document.querySelector(".editor-delete")?.addEventListener("submit", () => this.leave());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); });
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("online", () => this.soon(0));
    window.addEventListener("beforeunload", (event) => { if (this.isDirty && !this.isLeaving && (this.hasFailed || this.isTooLong)) event.preventDefault(); });
    this.sendLeftOver();
    if (this.form.hasAttribute("data-restored")) this.askTotals();
  }

  get isDirty() { return this.change > this.kept; }

  get isTooLong() { return String(asSent(new FormData(this.form))).length > LONGEST; }

  onChange() {
    this.change += 1;
    this.form.toggleAttribute("data-unsaved", true);
    clearTimeout(this.totalsTimer);
    this.totalsTimer = setTimeout(() => this.askTotals(), TOTALS_AFTER);
    this.soon(KEEP_AFTER);
    this.storeTimer ??= setTimeout(() => this.store(new FormData(this.form)), STORE_AFTER);
  }

  soon(wait) {
    clearTimeout(this.keepTimer);
    if (this.isDirty && !this.isPaused) this.keepTimer = setTimeout(() => this.keep(), wait);
  }

  // --- Totals
  async askTotals() {
    this.asking?.abort();
    this.asking = new AbortController();
    const turn = ++this.turn;
    const busy = setTimeout(() => this.totals.classList.add("is-busy"), 150);
    try {
      const body = new FormData(this.form);
      const answer = await fetch(this.form.dataset.totals + this.asks, { method: "POST", body: asSent(body), signal: this.asking.signal });
      if (answer.ok && !answer.redirected) {
        const said = await answer.json();
        if (turn === this.turn) this.apply(said, body);
      }
    } catch { /* the saving says what is wrong with the connection */ } finally {
      clearTimeout(busy);
      if (turn === this.turn) this.totals.classList.remove("is-busy");
    }
  }

  apply({ totals, amounts, read, errors }, sent) {
    const before = this.totals.querySelector("[data-total]")?.textContent;
    if (this.lastTotals !== totals) {
      const wasOpen = this.totals.querySelector("details")?.open;
      this.totals.innerHTML = totals;
      this.lastTotals = totals;
      const details = this.totals.querySelector("details");
      if (details && wasOpen) details.open = true;
    }
    const after = this.totals.querySelector("[data-total]")?.textContent;
    if (after && after !== before) announce(after);
    for (const output of this.form.querySelectorAll("output[id$='-amount']")) {
      const amount = amounts[output.id.slice(0, -"-amount".length)] ?? "";
      if (output.innerHTML !== amount) output.innerHTML = amount;
    }
    this.readings = new Map(Object.entries(read).map(([name, value]) => [name, { value, typed: sent.get(name) }]));
    for (const name of this.readings.keys()) this.showReading(this.form.elements[name]);
    this.markErrors(errors);
  }

  // A sum is replaced by what it comes to once its field is left; until then that stands below it.
  showReading(input) {
    const reading = this.readings.get(input?.name);
    if (!reading || input.value !== reading.typed) return;
    if (document.activeElement === input) {
      const note = input.parentElement.querySelector(".cell-read") ?? document.createElement("div");
      note.className = "cell-read";
      note.textContent = `= ${reading.value}`;
      input.after(note);
      return;
    }
    input.parentElement.querySelector(".cell-read")?.remove();
    input.title = `${this.texts.read} ${reading.value}: ${reading.typed}`;
    input.value = reading.value;
    announce(`${this.texts.read} ${reading.value}`);
  }

  onLeave(input) {
    if (!input.name) return;
    setTimeout(() => {
      this.showReading(input);
      if (this.errors) this.markErrors(this.errors);
    });
  }

  markErrors(errors) {
    this.errors = errors;
    for (const input of this.form.querySelectorAll(".is-invalid")) {
      if (!errors[input.name] && input.value.trim()) unmark(input);
    }
    for (const [name, why] of Object.entries(errors)) {
      const input = this.form.elements[name];
      if (!input?.classList || input === document.activeElement || input.type === "hidden") continue;
      if (input.dataset.why === why) continue;
      unmark(input);
      input.dataset.why = why;
      input.classList.add("is-invalid");
      const note = document.createElement("div");
      note.className = "invalid-feedback d-block";
      note.id = `${name}-why`;
      note.textContent = why;
      input.setAttribute("aria-describedby", note.id);
      input.parentElement.append(note);
    }
  }

  // --- Saving by itself
  keep() {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    clearTimeout(this.keepTimer);
    this.running = this.send().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        this.soon(0);
      }
    });
    return this.running;
  }

  async send() {
    const change = this.change;
    const body = new FormData(this.form);
    this.store(body);
    this.say(this.texts.saving, "busy");
    let said;
    try {
      const answer = await fetch(this.form.dataset.keep + this.asks, { method: "POST", body: asSent(body) });
      if (answer.redirected || answer.status === 403) return this.signedOut();
      if (!answer.ok) return this.failed(this.texts.failed);
      said = await answer.json();
    } catch {
      return this.failed(this.texts.offline);
    }
    this.hasFailed = false;
    this.kept = Math.max(this.kept, change);
    this.form.toggleAttribute("data-unsaved", this.isDirty);
    if (!this.isDirty) this.forget();
    if (change === this.change) this.apply(said, body);
    this.settle(said.saved, body);
    return said.saved;
  }

  settle(saved, sent) {
    this.say(saved.said, saved.state.toLowerCase());
    if (saved.why) this.state.title = saved.why;
    const isMoved = saved.url && this.moveTo(saved);
    if (saved.version) this.form.elements.version.value = String(saved.version);
    this.fillHead(saved.head ?? {}, sent);
    for (const [prefix, id] of Object.entries(saved.lines ?? {})) {
      const field = this.form.elements[`${prefix}-line_id`];
      if (field) field.value = String(id);
    }
    if (isMoved && this.isDirty) this.store(new FormData(this.form));
    if (saved.state === "SAVED") this.preview.show(saved.preview);
    if (saved.state === "CONFLICT") this.showConflict(saved.panel);
    if (saved.state === "GONE") {
      this.isPaused = true;
      toast(saved.why, "error");
    }
  }

  // What was left to the customer has become the bill's own; from now on blank terms are no terms.
  fillHead(values, sent) {
    for (const [name, value] of Object.entries(values)) {
      const select = this.form.elements[name];
      if (!sent.get(name) && !select.value) select.value = value;
      if (name === "terms") select.querySelector('option[value=""]').textContent = "–";
    }
  }

  // A new bill has an address of its own from its first saving on: a tab opened again finds it.
  moveTo({ url, asks }) {
    if (asks) {
      this.asks = asks;
      this.form.action = url;
    }
    if (location.pathname + location.search === url) return false;
    this.forget(); // it was stored for the other address
    history.replaceState(null, "", url);
    return true;
  }

  showConflict(panel) {
    this.isPaused = true;
    this.conflict.innerHTML = panel;
    this.conflict.firstElementChild.focus();
  }

  onTakeMine(event) {
    const mine = event.target.closest?.('#conflict button[name="mine"]');
    if (!mine) return;
    event.preventDefault();
    this.form.elements.version.value = mine.value;
    this.conflict.replaceChildren();
    this.isPaused = false;
    this.change += 1;
    this.keep();
  }

  failed(text) {
    this.hasFailed = true;
    this.say(text, "failed");
    this.soon(RETRY_AFTER);
    return null;
  }

  signedOut() {
    this.hasFailed = true;
    this.isPaused = true;
    const back = new URL(this.form.dataset.login, location.href);
    back.searchParams.set("next", location.pathname + location.search);
    const link = document.createElement("a");
    link.href = back;
    link.textContent = this.texts.signIn;
    link.addEventListener("click", () => {
      this.store(new FormData(this.form));
      this.isLeaving = true;
    });
    this.say(`${this.texts.signedOut} `, "failed");
    this.state.append(link);
    this.signIn = link;
    return null;
  }

  say(text, kind) {
    if (!text && kind !== "blank") return;
    this.state.textContent = text;
    this.state.dataset.state = kind;
    this.state.removeAttribute("title");
  }

  // --- Leaving: what is not kept yet goes with the page, and stays in the tab until it is known to be kept.
  store(body) {
    this.storeTimer = clearTimeout(this.storeTimer);
    if (this.isLeaving) return;
    const fields = [...body].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
    sessionStorage.setItem(STORE, JSON.stringify({ ...stored(), [location.pathname]: { asks: this.asks, fields } }));
  }

  forget() {
    this.storeTimer = clearTimeout(this.storeTimer);
    const { [location.pathname]: _mine, ...others } = stored();
    if (Object.keys(others).length) sessionStorage.setItem(STORE, JSON.stringify(others));
    else sessionStorage.removeItem(STORE);
  }

  // What is on its way by itself, or thrown away, is not sent again.
  leave() {
    this.isLeaving = true;
    this.forget();
  }

  flush() {
    if (!this.isDirty || this.isLeaving) return;
    const body = new FormData(this.form);
    this.store(body);
    if (this.isPaused) return;
    const change = this.change;
    fetch(this.form.dataset.keep + this.asks, { method: "POST", body: asSent(body), keepalive: true }).then((answer) => {
      if (answer.ok && !answer.redirected && change === this.change) this.forget();
    }, () => {});
  }

  async sendLeftOver() {
    const kept = stored()[location.pathname];
    if (!kept) return;
    const body = asSent(kept.fields);
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    const answer = await fetch(this.form.dataset.keep + kept.asks, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { saved } = await answer.json();
    this.forget();
    if (!saved.url) return;
    this.isLeaving = true;
    location.replace(saved.url);
  }

  async comeBackHere() {
    const saved = await this.keep();
    this.isLeaving = true;
    return saved?.url || location.pathname + location.search;
  }

  // A button sends the form once everything typed is kept: then nothing is lost, whatever it answers.
  onSubmit(event) {
    const button = event.submitter;
    if (this.signIn) { // the form would lead there too, and take what was typed with it
      event.preventDefault();
      this.signIn.click();
      return;
    }
    if (this.isLeaving || button?.name === "take" || (!this.running && (!this.isDirty || this.isPaused))) {
      this.leave();
      return;
    }
    event.preventDefault();
    const goOn = (saved) => {
      if (!saved || ["CONFLICT", "GONE"].includes(saved.state)) return;
      if (this.isDirty) return this.keep().then(goOn);
      this.isLeaving = true;
      this.form.requestSubmit(button);
    };
    this.keep().then(goOn);
  }
}

function stored() {
  return JSON.parse(sessionStorage.getItem(STORE) ?? "{}");
}

function unmark(input) {
  input.classList.remove("is-invalid");
  input.removeAttribute("aria-describedby");
  delete input.dataset.why;
  for (const note of input.parentElement.querySelectorAll(":scope > .invalid-feedback, :scope > .cell-read")) note.remove();
}
