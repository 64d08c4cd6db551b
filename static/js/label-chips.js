// <label-chips><label for="…">…<input name="labels">…<bdi data-label="outage">outage</bdi>…</label-chips>
//
// One line of labels, separated by commas, as chips: typed ones become chips at a comma, at Enter and on leaving;
// labels in use are added with a click. The line itself stays in the form and is what is sent.
(() => {
  const CELL = /\s*"((?:[^"]|"")*)"?|[^,]+/g;

  const parse = (line) =>
    [...line.matchAll(CELL)].map(([all, inner]) => (inner?.replaceAll('""', '"') ?? all).trim()).filter(Boolean);
  const write = (labels) =>
    labels.map((label) => (/[",]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label)).join(", ");
  const button = (className, text, name) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
    if (name) made.setAttribute("aria-label", name);
    return made;
  };

  class LabelChips extends HTMLElement {
    connectedCallback() {
      if (this.line) return;
      this.line = this.querySelector("input[name]");
      this.box = this.line.cloneNode();
      this.box.removeAttribute("name");
      this.line.removeAttribute("id");
      this.line.type = "hidden";
      this.list = Object.assign(document.createElement("ul"), { className: "chips" });
      this.list.setAttribute("aria-label", "Chosen");
      this.line.after(this.list, this.box);
      this.known = [...this.querySelectorAll("[data-label]")].map((each) => this.offer(each));
      this.chosen = parse(this.line.value);
      this.box.addEventListener("keydown", (event) => this.press(event));
      this.box.addEventListener("input", () => this.type());
      this.box.addEventListener("change", () => this.take());
      this.take();
    }

    offer(word) {
      const offered = button("chip", word.dataset.label, `Add the label ${word.dataset.label}`);
      offered.dataset.label = word.dataset.label;
      offered.addEventListener("click", () => this.change([...this.chosen, word.dataset.label]));
      word.nextSibling?.nodeType === Node.TEXT_NODE && word.nextSibling.remove();
      word.replaceWith(offered, " ");
      return offered;
    }

    press(event) {
      if (event.key === "Enter" && this.box.value.trim()) {
        event.preventDefault();
        this.take();
        this.tell();
      }
      if (event.key === "Backspace" && !this.box.value) this.change(this.chosen.slice(0, -1));
    }

    type() {
      const isOver = this.box.value.endsWith(",") && this.box.value.split('"').length % 2;
      if (isOver) this.take();
      else this.line.value = write([...new Set([...this.chosen, ...parse(this.box.value)])]);
    }

    take() {
      this.chosen = [...new Set([...this.chosen, ...parse(this.box.value)])];
      this.box.value = "";
      this.show();
    }

    change(labels) {
      this.chosen = [...new Set(labels)];
      this.show();
      this.tell();
    }

    tell() {
      this.line.dispatchEvent(new Event("change", { bubbles: true }));
    }

    show() {
      this.line.value = write([...new Set([...this.chosen, ...parse(this.box.value)])]);
      this.list.replaceChildren(...this.chosen.map((label) => this.chip(label)));
      for (const offered of this.known) offered.hidden = this.chosen.includes(offered.dataset.label);
    }

    chip(label) {
      const chip = Object.assign(document.createElement("li"), { className: "chip chip--on", textContent: label });
      const remove = button("chip__remove", "×", `Remove the label ${label}`);
      remove.addEventListener("click", () => {
        this.change(this.chosen.filter((each) => each !== label));
        this.box.focus();
      });
      chip.append(remove);
      return chip;
    }
  }

  customElements.define("label-chips", LabelChips);
})();
