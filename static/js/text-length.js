// <text-length data-for="id_live_text"><span data-letters>57</span> …<span data-seconds>4</span>…</text-length>
//
// How long the text beside it is, and about how long a voice takes to say it, while it is typed. The server counts
// in the same way: 150 words a minute, numbers digit by digit.
(() => {
  const WORDS = /\d|[\p{L}\p{M}_]+(?:['’-][\p{L}\p{M}_]+)*/gu;

  class TextLength extends HTMLElement {
    connectedCallback() {
      this.text = document.getElementById(this.dataset.for);
      this.gone = new AbortController();
      this.text.addEventListener("input", () => this.show(), { signal: this.gone.signal });
      this.show();
    }

    disconnectedCallback() {
      this.gone.abort();
    }

    show() {
      const words = this.text.value.match(WORDS)?.length ?? 0;
      this.querySelector("[data-letters]").textContent = [...this.text.value.trim()].length.toLocaleString("en");
      this.querySelector("[data-seconds]").textContent = Math.ceil((words * 60) / 150);
    }
  }

  customElements.define("text-length", TextLength);
})();
