// Lines moved by their handle, with mouse, pen or finger: the second way beside the keys and the buttons.
// Nothing moves in the page before the line is let go; Escape leaves all as it was.
const EDGE = 90; // pixels from the window's top or bottom, where the page begins to go along
const FASTEST = 14; // pixels a frame

export class LineDrag {
  constructor(grid) {
    this.grid = grid;
    this.body = grid.body;
    this.row = null;
    this.body.addEventListener("pointerdown", (event) => this.take(event));
    // What is typed in keeps the focus, and no text is marked on the way.
    this.body.addEventListener("mousedown", (event) => { if (event.target.closest("[data-line-handle]")) event.preventDefault(); });
    this.body.addEventListener("pointermove", (event) => { if (this.isMine(event)) this.follow(event.clientY); });
    this.body.addEventListener("pointerup", (event) => { if (this.isMine(event)) this.letGo(); });
    this.body.addEventListener("pointercancel", (event) => { if (this.isMine(event)) this.stop(); });
    document.addEventListener("keydown", (event) => this.onKey(event), true);
  }

  isMine(event) { return this.row && event.pointerId === this.pointer; }

  take(event) {
    const handle = event.target.closest("[data-line-handle]");
    if (!handle || this.row || event.button !== 0 || !event.isPrimary) return;
    this.row = handle.closest("tr[data-line]");
    this.others = this.grid.rows.filter((row) => row !== this.row);
    this.start = this.grid.rows.indexOf(this.row);
    this.place = this.start;
    this.pointer = event.pointerId;
    this.y = event.clientY;
    this.from = event.clientY + window.scrollY;
    // The body stays where it is, whatever becomes of the row.
    this.body.setPointerCapture(event.pointerId);
    this.row.classList.add("is-dragged");
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  follow(y) {
    this.y = y;
    this.row.style.transform = `translateY(${y + window.scrollY - this.from}px)`;
    // The row takes the place of another one as soon as it covers half of it.
    const middle = (row) => {
      const box = row.getBoundingClientRect();
      return box.top + box.height / 2;
    };
    const own = middle(this.row) + Math.sign(y + window.scrollY - this.from);
    this.place = this.others.filter((row) => middle(row) < own).length;
    this.mark();
  }

  // A line stands where the row would go.
  mark() {
    const isMoved = this.place !== this.start;
    this.others.forEach((row, index) => {
      row.classList.toggle("is-after-drop", isMoved && index === this.place);
      row.classList.toggle("is-before-drop", isMoved && index === this.others.length - 1 && this.place === this.others.length);
    });
  }

  scroll() {
    const above = EDGE - this.y;
    const below = this.y - (window.innerHeight - EDGE);
    const speed = above > 0 ? -above : Math.max(below, 0);
    if (speed) {
      window.scrollBy(0, (speed / EDGE) * FASTEST);
      this.follow(this.y);
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  letGo() {
    const { row, place } = this;
    this.stop();
    this.grid.moveTo(row, place);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.row.classList.remove("is-dragged");
    this.row.style.transform = "";
    this.place = this.start;
    this.mark();
    this.row = null;
  }

  onKey(event) {
    if (!this.row) return;
    event.stopPropagation(); // no key moves or removes lines under the hand that holds one
    event.preventDefault();
    if (event.key === "Escape") this.stop();
  }
}
