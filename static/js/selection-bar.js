// <selection-bar data-form="selection"> in <form class="bulkbar" id="selection">: counts the tick boxes that belong
// to the form, and shows the form while there are any. <input data-select-all="selection"> ticks all of them.
// What was ticked stays ticked when the rows are drawn again.
(() => {
  class SelectionBar extends HTMLElement {
    connectedCallback() {
      this.picked = new Set();
      this.gone = new AbortController();
      const { signal } = this.gone;
      document.addEventListener("change", (event) => this.pick(event.target), { signal });
      document.addEventListener("htmx:afterSettle", () => this.show(), { signal });
      window.addEventListener("pageshow", () => this.readBoxes(), { signal });
      this.words = Object.assign(document.createElement("strong"), { role: "status" });
      this.clear = Object.assign(document.createElement("button"), { type: "button", textContent: "Clear" });
      this.clear.className = "btn btn--s btn--quiet";
      this.clear.addEventListener("click", () => {
        this.picked.clear();
        this.show();
      });
      this.replaceChildren(this.words, this.clear);
      this.readBoxes();
    }

    disconnectedCallback() {
      this.gone.abort();
    }

    get boxes() {
      return [...document.querySelectorAll(`input[type=checkbox][name][form="${this.dataset.form}"]`)];
    }

    get all() {
      return document.querySelector(`input[data-select-all="${this.dataset.form}"]`);
    }

    readBoxes() {
      for (const box of this.boxes) if (box.checked) this.picked.add(box.value);
      this.show();
    }

    pick(box) {
      const touched = box === this.all ? this.boxes : this.boxes.filter((each) => each === box);
      for (const each of touched) this.picked[box.checked ? "add" : "delete"](each.value);
      if (touched.length) this.show();
    }

    show() {
      const { boxes, all } = this;
      for (const box of boxes) box.checked = this.picked.has(box.value);
      this.picked = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      const { size } = this.picked;
      this.closest("form").hidden = size === 0;
      if (this.words.textContent !== `${size} selected`) this.words.textContent = `${size} selected`;
      if (!all) return;
      all.checked = size > 0 && size === boxes.length;
      all.indeterminate = size > 0 && size < boxes.length;
    }
  }

  customElements.define("selection-bar", SelectionBar);
})();
