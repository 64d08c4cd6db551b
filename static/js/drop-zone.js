// <form hx-post="…"><drop-zone data-most-mb="512">…<input type="file">…
//     <p data-chosen></p><div data-sending hidden><progress></progress><span></span><button>…</div></drop-zone>
//
// Takes a file that is dropped on it, names the file that was chosen, says at once when it is too large, and
// shows how much of it has been sent. Without this script it is the file field it holds.
(() => {
  const MB = 2 ** 20;

  const inWords = (bytes) => (bytes < MB ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / MB).toFixed(1)} MB`);

  class DropZone extends HTMLElement {
    connectedCallback() {
      this.input = this.querySelector("input[type=file]");
      this.form = this.closest("form");
      this.sending = this.querySelector("[data-sending]");
      this.input.classList.add("visually-hidden");
      this.gone = new AbortController();
      const { signal } = this.gone;
      this.input.addEventListener("change", () => this.name(), { signal });
      this.sending.querySelector("button").addEventListener("click", () => htmx.trigger(this.form, "htmx:abort"), { signal });
      this.form.addEventListener("htmx:beforeSend", () => this.show(0, 0), { signal });
      this.form.addEventListener("htmx:xhr:progress", ({ detail }) => this.show(detail.loaded, detail.total), { signal });
      this.form.addEventListener("htmx:afterRequest", () => { this.sending.hidden = true; }, { signal });
      // A file that misses its mark must not replace the page.
      for (const kind of ["dragover", "drop"]) {
        document.addEventListener(kind, (event) => this.over(event), { signal });
      }
      this.addEventListener("dragleave", () => { delete this.dataset.over; }, { signal });
      this.name();
    }

    disconnectedCallback() {
      this.gone.abort();
    }

    over(event) {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      const isHere = this.contains(event.target);
      this.toggleAttribute("data-over", isHere && event.type === "dragover");
      if (!isHere || event.type !== "drop" || !event.dataTransfer.files.length) return;
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      this.input.files = one.files;
      this.name();
    }

    name() {
      const [file] = this.input.files;
      const most = Number(this.dataset.mostMb);
      const tooLarge = file && file.size > most * MB ? `${file.name} has ${inWords(file.size)}, and ${most} MB is the most.` : "";
      this.input.setCustomValidity(tooLarge);
      const chosen = this.querySelector("[data-chosen]");
      chosen.hidden = !file;
      chosen.toggleAttribute("data-too-large", Boolean(tooLarge));
      chosen.textContent = tooLarge || (file ? `${file.name}, ${inWords(file.size)}` : "");
    }

    show(loaded, total) {
      this.sending.hidden = false;
      this.sending.querySelector("progress").value = total ? loaded / total : 0;
      const isSent = total > 0 && loaded >= total;
      this.sending.querySelector("span").textContent = isSent
        ? "Sent. It is being opened."
        : `Sending: ${inWords(loaded)} of ${inWords(total)}`;
    }
  }

  customElements.define("drop-zone", DropZone);
})();
