// A text field that offers a list while one types: Enter or Tab takes the highlighted option.
// What was typed is never cleared, and nothing happens while an input method composes.
let count = 0;

export const composing = (event) => event.isComposing || event.keyCode === 229;

/**
 * find(text): the options, or a promise of them: { value, text, detail, note, flags, isNew }.
 * take(option, key): what happens with the one that was taken; key is "Tab", "Enter" or "".
 */
export class Combobox {
  constructor(input, { find, take, label, none = "", wait = 0 }) {
    Object.assign(this, { input, find, take, label, none, wait });
    this.options = [];
    this.place = -1;
    this.asked = 0;
    this.taken = input.value;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.autocomplete = "off";
    input.removeAttribute("list");
    input.addEventListener("input", (event) => { if (!event.isComposing) this.search(); });
    input.addEventListener("compositionend", () => this.search());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
  }

  // Made when it is first needed: a page has a field for every line, and most are never asked.
  get list() { return this.made ??= this.make(); }

  get isOpen() { return Boolean(this.made && !this.made.hidden); }

  make() {
    const list = document.createElement("ul");
    list.id = `choices-${++count}`;
    list.className = "choices";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", this.label);
    list.hidden = true;
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.accept(this.options[[...list.children].indexOf(item)], "");
    });
    document.body.append(list);
    this.input.setAttribute("aria-controls", list.id);
    return list;
  }

  get text() { return this.input.value.trim(); }

  // What is typed has not become an option yet.
  get isOpenQuestion() { return this.text !== "" && this.text !== this.taken.trim(); }

  search({ all = false } = {}) {
    const ask = ++this.asked;
    const text = all ? "" : this.text;
    clearTimeout(this.timer);
    if (!text && !all) return this.close();
    const answer = this.wait && !all ? new Promise((done) => { this.timer = setTimeout(done, this.wait); }).then(() => ask === this.asked ? this.find(text) : null) : this.find(text);
    if (!(answer instanceof Promise)) return this.show(answer, text);
    this.pending = answer.then((options) => { if (options && ask === this.asked) this.show(options, text); }, () => {}).finally(() => { if (ask === this.asked) this.pending = null; });
    return undefined;
  }

  show(options, text) {
    this.options = options;
    this.place = text && options.length ? 0 : -1;
    this.list.replaceChildren(...options.map((option, index) => this.item(option, index)));
    if (!options.length && this.none) {
      const none = document.createElement("li");
      none.className = "choices-none";
      none.textContent = this.none;
      this.list.append(none);
    }
    if (document.activeElement === this.input) this.open();
    this.mark();
  }

  item(option, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    const part = (css, text) => {
      if (!text) return;
      const span = document.createElement("span");
      span.className = css;
      span.textContent = text;
      item.append(span);
    };
    part("choices-text", option.text);
    part("choices-note", option.note);
    part("choices-detail", option.detail);
    for (const flag of option.flags ?? []) part("choices-flag", flag);
    if (option.isNew) item.classList.add("is-new");
    return item;
  }

  open() {
    this.list.hidden = !this.list.children.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.list.hidden) return;
    const box = this.input.getBoundingClientRect();
    const width = Math.min(Math.max(box.width, 340), window.innerWidth - 16);
    this.list.style.width = `${width}px`;
    this.list.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8)) + window.scrollX}px`;
    const below = box.bottom + this.list.offsetHeight + 8 < window.innerHeight || box.top < this.list.offsetHeight;
    this.list.style.top = `${(below ? box.bottom + 2 : box.top - this.list.offsetHeight - 2) + window.scrollY}px`;
  }

  close() {
    if (!this.made) return;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.place)));
    const chosen = this.list.children[this.place];
    if (chosen && this.isOpen) {
      this.input.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  accept(option, key) {
    if (!option) return;
    this.asked += 1;
    this.close();
    if (!option.isNew) {
      this.input.value = option.text;
      this.taken = option.text;
    }
    this.take(option, key);
  }

  onKey(event) {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.isOpen) return this.options.length && this.isOpenQuestion ? this.open() : this.search({ all: !this.isOpenQuestion });
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.place = (this.place + step + this.options.length) % Math.max(this.options.length, 1);
      return this.mark();
    }
    if (event.key === "Escape" && this.isOpen) {
      event.stopPropagation();
      return this.close();
    }
    if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) return this.onTake(event);
    return undefined;
  }

  onTake(event) {
    const key = event.key;
    const chosen = this.isOpen ? this.options[this.place] : null;
    if (this.pending && this.isOpenQuestion) {
      // The answer is under way: the keys go on, and it is taken when it comes.
      const text = this.text;
      if (key === "Enter") event.preventDefault();
      this.pending.then(() => {
        const best = this.options[0];
        if (this.text === text && best && !best.isNew) this.accept(best, key);
      });
      return;
    }
    if (!chosen || (key === "Tab" && !this.isOpenQuestion && this.place < 1 && !chosen.isNew)) return;
    if (key === "Tab" && chosen.isNew) return;
    event.preventDefault();
    event.stopPropagation();
    this.accept(chosen, key);
  }
}
