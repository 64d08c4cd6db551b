// <sound-picker>…<input type="search">…<button>Find</button>…</sound-picker>
//
// Enter in the search box finds sounds; the form around it is not sent.
(() => {
  class SoundPicker extends HTMLElement {
    connectedCallback() {
      this.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target.type !== "search") return;
        event.preventDefault();
        this.querySelector("button[type=submit]").click();
      });
    }
  }

  customElements.define("sound-picker", SoundPicker);
})();
