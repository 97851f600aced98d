// The line grid: rows are added, copied, moved, removed and pasted; a product fills its line.
// It computes no money: the amounts come from the server.
import { Combobox, composing } from "./combobox.js";
import { LineDrag } from "./line-drag.js";
import { announce, toast } from "./notes.js";
import { nameKeys, provide } from "./shortcuts.js";

const CELLS = ["product", "description", "quantity", "unit", "unit_price", "discount", "discount_percent", "tax_code"];
const SHOWN = 8;

export class LineGrid {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.form = table.closest("form");
    this.template = document.getElementById("line-template");
    const tools = document.getElementById("line-tools");
    this.texts = tools.dataset;
    this.tools = tools.content;
    nameKeys(this.tools);
    this.count = this.form.querySelector(`[name="${table.dataset.lines}-TOTAL_FORMS"]`);
    this.products = this.load();
    for (const row of this.rows) this.prepare(row);
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    this.body.addEventListener("paste", (event) => this.onPaste(event));
    this.form.querySelector("[data-line-add]").addEventListener("click", (event) => {
      event.preventDefault();
      this.add();
    });
    const here = (act) => () => {
      const row = document.activeElement?.closest?.("tr[data-line]");
      if (!row || row.closest("table") !== table) return false;
      act(row);
      return true;
    };
    provide({
      "line-add": () => Boolean(this.add(document.activeElement?.closest?.("tr[data-line]"))),
      "line-copy": here((row) => this.copy(row)),
      "line-up": here((row) => this.move(row, -1)),
      "line-down": here((row) => this.move(row, 1)),
      "line-remove": here((row) => this.remove(row)),
    });
    this.drag = new LineDrag(this);
    this.renumber();
  }

  get rows() { return [...this.body.querySelectorAll("tr[data-line]:not([hidden])")]; }

  field(row, name) { return row.querySelector(`[name$="-${name}"]`); }

  isBlank(row) {
    return ["product", "description", "quantity", "unit_price"].every((name) => !this.field(row, name).value.trim() || (name === "quantity" && this.field(row, name).value === "1"));
  }

  changed(row) {
    (row ?? this.body).dispatchEvent(new Event("change", { bubbles: true }));
  }

  async load() {
    const answer = await fetch(this.table.dataset.products, { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : { complete: true, products: [] };
  }

  // What every row has alike, and only scripts can use, comes from one place.
  prepare(row) {
    const [handle, buttons] = this.tools.cloneNode(true).children;
    const position = this.field(row, "position");
    position.before(handle);
    position.readOnly = true; // the rows' order is what counts
    position.tabIndex = -1;
    row.querySelector(".cell-tools").prepend(buttons);
    for (const field of row.querySelectorAll("input:not([type]), textarea")) field.placeholder = field.getAttribute("aria-label");
    const input = this.field(row, "product");
    const label = input.getAttribute("aria-label");
    row.choices = new Combobox(input, {
      label,
      none: this.texts.none,
      find: (text) => this.find(text),
      take: (option, key) => this.fill(row, option, key),
    });
  }

  // All products are here where there are few: then a Tab right after the last letter finds its option.
  find(text) {
    if (!this.all) {
      return this.products.then((loaded) => { this.all ??= loaded; return this.find(text); });
    }
    if (!this.all.complete) {
      const address = new URL(this.table.dataset.products, location.href);
      address.searchParams.set("q", text);
      return fetch(address).then((answer) => answer.json()).then((found) => found.products);
    }
    const plain = text.normalize("NFKC").toLowerCase();
    const words = plain.split(/\s+/).filter(Boolean);
    const rank = ({ text: code, search }) => {
      const small = code.toLowerCase();
      if (small === plain) return 0;
      if (small.startsWith(plain)) return 1;
      return words.every((word) => search.includes(` ${word}`)) ? 2 : 3;
    };
    return this.all.products
      .filter(({ search }) => words.every((word) => search.includes(word)))
      .map((product) => [rank(product), product])
      .sort(([one], [other]) => one - other)
      .slice(0, SHOWN)
      .map(([, product]) => product);
  }

  // A blank currency is the customer's. Where neither is known the price is the server's to fill.
  fill(row, product, key) {
    const { currency: chosen, customer } = this.form.elements;
    const own = chosen.value || customer.dataset.currency;
    const currency = own === "" ? product.currency : own; // whose bill it is comes later
    for (const name of ["description", "unit", "unit_price", "tax_code"]) {
      const input = this.field(row, name);
      const value = name === "unit_price" && product.currency !== currency ? "" : product[name];
      if (name === "tax_code" && ![...input.options].some((option) => option.value === value)) continue;
      input.value = value;
    }
    if (currency && product.currency !== currency) toast(this.texts.currency, "warning");
    if (!this.field(row, "quantity").value) this.field(row, "quantity").value = "1";
    const description = this.field(row, "description");
    if (key !== "Tab" || document.activeElement === this.field(row, "product")) description.focus();
    if (document.activeElement === description) description.select();
    this.changed(row);
  }

  renumber() {
    this.rows.forEach((row, index) => {
      this.field(row, "position").value = String(index + 1);
      row.id = `line-${index + 1}`;
    });
  }

  make() {
    const index = Number(this.count.value);
    const most = Number(this.table.dataset.most);
    if (this.rows.length >= most || index >= 2 * most) { // the removed ones are counted, too
      toast(this.texts.most, "warning");
      return null;
    }
    const holder = document.createElement("tbody");
    holder.innerHTML = this.template.innerHTML.replaceAll("__prefix__", String(index));
    const row = holder.querySelector("tr");
    this.count.value = String(index + 1);
    this.prepare(row);
    return row;
  }

  add(after = null) {
    const row = this.make();
    if (!row) return null;
    if (after) after.after(row);
    else this.body.append(row);
    this.renumber();
    this.field(row, "product").focus();
    row.scrollIntoView({ block: "nearest" });
    return row;
  }

  values(row) {
    return Object.fromEntries([...CELLS, "service_from", "service_to"].map((name) => [name, this.field(row, name)?.value ?? ""]));
  }

  put(row, values) {
    for (const [name, value] of Object.entries(values)) {
      const input = this.field(row, name);
      if (input) input.value = value;
    }
    row.choices.taken = this.field(row, "product").value;
  }

  copy(row) {
    const made = this.make();
    if (!made) return;
    this.put(made, this.values(row));
    row.after(made);
    this.renumber();
    this.field(made, "description").focus();
    this.field(made, "description").select();
    this.changed(made);
  }

  move(row, step) {
    const place = this.rows.indexOf(row) + step;
    if (place >= 0 && place < this.rows.length) this.moveTo(row, place);
  }

  moveTo(row, place) {
    if (this.rows.indexOf(row) === place) return;
    const others = this.rows.filter((one) => one !== row);
    const focused = document.activeElement;
    if (place < others.length) others[place].before(row);
    else others.at(-1).after(row);
    this.renumber();
    if (row.contains(focused)) focused.focus();
    this.changed(row);
    announce(this.texts.moved.replace("{place}", place + 1).replace("{count}", this.rows.length));
  }

  remove(row) {
    const all = this.rows;
    const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
    const wasBlank = this.isBlank(row);
    this.setGone(row, true);
    if (next) this.field(next, "product").focus();
    else this.add();
    this.renumber();
    this.changed();
    if (wasBlank) return;
    toast(this.texts.removed, "info", { label: this.texts.undo, act: () => this.restore([row]) });
  }

  // Of a line that is removed nothing is sent but that; what it says stays for who puts it back.
  setGone(row, isGone) {
    for (const field of row.querySelectorAll("[name]")) field.disabled = isGone;
    const gone = this.field(row, "DELETE");
    gone.disabled = false;
    gone.checked = isGone;
    row.hidden = isGone;
  }

  restore(rows) {
    for (const row of rows) this.setGone(row, false);
    this.renumber();
    this.field(rows[0], "product").focus();
    this.changed();
  }

  // What is thrown away for good leaves the page; of a saved line it must be said.
  drop(rows) {
    for (const row of rows) {
      if (this.field(row, "line_id").value) this.setGone(row, true);
      else row.remove();
    }
    const places = [...this.body.querySelectorAll("tr[data-line]")].map((row) => Number(this.field(row, "position").name.split("-").at(-2)));
    this.count.value = String(Math.max(-1, ...places) + 1);
    if (!this.rows.length) this.add();
    this.renumber();
    this.changed();
  }

  onClick(event) {
    const row = event.target.closest("tr[data-line]");
    if (event.target.closest("[data-line-up]")) this.move(row, -1);
    else if (event.target.closest("[data-line-down]")) this.move(row, 1);
    else if (event.target.closest("[data-line-copy]")) this.copy(row);
    else if (event.target.closest("[data-line-remove]")) this.remove(row);
  }

  // Tab in the last cell makes a row; so does Enter, which goes from cell to cell in a line.
  onKey(event) {
    if (composing(event) || event.defaultPrevented || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest?.("tr[data-line]");
    const isLast = event.target === this.field(row, "tax_code");
    if (event.key === "Enter" && event.target.matches("input, select")) {
      event.preventDefault(); // a line is not the form: nothing is sent by accident
      if (!isLast) return this.nextCell(row, event.target)?.focus();
    } else if (event.key !== "Tab" || !isLast) return undefined;
    const next = this.rows[this.rows.indexOf(row) + 1];
    if (next) {
      if (event.key === "Enter") this.field(next, "product").focus();
    } else if (!this.isBlank(row) && this.add()) event.preventDefault();
    return undefined;
  }

  nextCell(row, from) {
    const cells = [...row.querySelectorAll("input, textarea, select")].filter((one) => one.type !== "hidden" && one.type !== "checkbox" && one.offsetParent && !one.name.endsWith("-position"));
    return cells[cells.indexOf(from) + 1];
  }

  // Rows of a spreadsheet come as text with tabs; the server reads them and finds their products.
  async onPaste(event) {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const isField = event.target.matches("input");
    if (!text.includes("\t") && !(isField && text.trim().includes("\n"))) return;
    event.preventDefault();
    const row = event.target.closest("tr[data-line]");
    const column = CELLS.find((name) => event.target.name?.endsWith(`-${name}`)) ?? "product";
    const body = new URLSearchParams({ text, column, csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value });
    const answer = await fetch(this.table.dataset.pasted, { method: "POST", body });
    if (!answer.headers.get("Content-Type")?.includes("json")) return toast(this.texts.failed, "error");
    const found = await answer.json();
    if (!answer.ok) return toast(found.why, "error");
    return this.takeRows(row, found);
  }

  takeRows(row, { rows, problems, said }) {
    const made = [];
    let last = row;
    rows.forEach((values, index) => {
      const target = index === 0 && this.isBlank(row) ? row : this.make();
      if (!target) return;
      if (target !== row) last.after(target);
      this.put(target, values);
      if (!this.field(target, "quantity").value) this.field(target, "quantity").value = "1";
      for (const [name, why] of Object.entries(problems[index])) this.mark(this.field(target, name), why);
      last = target;
      made.push(target);
    });
    this.renumber();
    this.changed();
    const unknown = problems.flatMap((row, index) => Object.values(row).map((why) => `${index + 1}: ${rows[index].product ?? ""} – ${why}`));
    toast([said, ...unknown.slice(0, 8)].join("\n"), unknown.length ? "warning" : "success", { label: this.texts.undo, act: () => this.drop(made) });
    this.field(made[0] ?? row, "product").focus();
  }

  mark(input, why) {
    if (!input) return;
    input.classList.add("is-invalid");
    const note = document.createElement("div");
    note.className = "invalid-feedback d-block";
    note.dataset.told = "";
    note.textContent = why;
    input.parentElement.append(note);
  }
}
