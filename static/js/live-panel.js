// <live-panel id="stats" data-url="…/stats/?v=7" data-every="3">…<span class="fresh" data-as-of="…">…</live-panel>
//
// Reads itself again every data-every seconds (about: jitter, slower while answers are slow or fail, not in a
// hidden tab, at once on return) and is replaced by the answer. The server decides whether that ticks again:
// a panel without data-every does not. 204 with the event "fresh" only moves the age on; 286, 401, 403 and 404
// end the ticking. The age is shown to the second, and when no answer comes the panel says so itself.
(() => {
  const LONGEST = 30;
  const tookSeconds = new Map();
  let skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;

  class LivePanel extends HTMLElement {
    connectedCallback() {
      this.every = Number(this.dataset.every) || 0;
      this.misses = 0;
      this.heardAt = Date.now();
      this.gone = new AbortController();
      const { signal } = this.gone;
      this.addEventListener("htmx:beforeOnLoad", (event) => this.hear(event), { signal });
      this.addEventListener("htmx:sendError", (event) => this.miss(event), { signal });
      this.addEventListener("htmx:timeout", (event) => this.miss(event), { signal });
      this.addEventListener("fresh", (event) => this.refresh(event.detail), { signal });
      document.addEventListener("visibilitychange", () => this.tick(), { signal });
      this.second = setInterval(() => this.show(), 1000);
      this.show();
      this.plan();
    }

    disconnectedCallback() {
      this.gone.abort();
      clearInterval(this.second);
      clearTimeout(this.next);
    }

    get patience() {
      const eased = Math.max(this.every * 2 ** this.misses, 3 * (tookSeconds.get(this.id) ?? 0));
      return Math.max(this.every, Math.min(LONGEST, eased));
    }

    plan() {
      clearTimeout(this.next);
      if (this.every) this.next = setTimeout(() => this.tick(), this.patience * (900 + 200 * Math.random()));
    }

    async tick() {
      if (!this.every || this.isAsking || document.hidden) return;
      this.isAsking = true;
      const asked = performance.now();
      await htmx.ajax("GET", this.dataset.url, { source: this, target: this, swap: "outerHTML" }).catch(() => {});
      tookSeconds.set(this.id, (performance.now() - asked) / 1000);
      this.isAsking = false;
      if (this.isConnected) this.plan();
    }

    hear(event) {
      const { xhr } = event.detail;
      const drift = Date.parse(xhr.getResponseHeader("Date")) - Date.now() - skew;
      if (Math.abs(drift) > 2000) skew += drift;
      if ([286, 401, 403, 404].includes(xhr.status)) this.every = 0;
      if (xhr.status === 286 && !xhr.response) event.preventDefault();
      if (xhr.status >= 400) return this.every && this.miss(event);
      if (this.misses > 1) document.getElementById("notices").replaceChildren();
      this.misses = 0;
      this.heardAt = Date.now();
    }

    // The first miss is told by the panel alone, the second by a notice on the page, the others change nothing.
    miss(event) {
      this.misses += 1;
      this.show();
      if (this.misses === 2) return;
      event.preventDefault();
      event.stopPropagation();
    }

    refresh({ id, asOf }) {
      if (id !== this.id || !asOf) return;
      for (const fresh of this.querySelectorAll(".fresh[data-as-of]")) {
        fresh.dataset.asOf = asOf;
        const time = fresh.querySelector("time");
        time.dateTime = asOf;
        time.textContent = new Date(asOf).toLocaleTimeString("en-GB");
      }
      this.show();
    }

    show() {
      const silence = this.every ? (Date.now() - this.heardAt) / 1000 / (this.patience + 5) : 0;
      const age = this.misses > 1 || silence > 4 ? "lost" : this.misses || silence > 2 ? "late" : "";
      this.toggleAttribute("data-lost", age === "lost");
      for (const fresh of this.querySelectorAll(".fresh")) {
        fresh.dataset.said ??= fresh.dataset.age ?? "";
        const worst = fresh.dataset.said === "lost" ? "lost" : age || fresh.dataset.said;
        if (worst) fresh.dataset.age = worst;
        else fresh.removeAttribute("data-age");
        fresh.querySelector("[data-silent]")?.toggleAttribute("hidden", !age);
        const ago = fresh.querySelector("[data-ago]");
        if (ago) ago.textContent = inWords((Date.now() + skew - Date.parse(fresh.dataset.asOf)) / 1000);
      }
    }
  }

  function inWords(seconds) {
    if (Number.isNaN(seconds)) return "";
    if (seconds < 90) return `, ${Math.max(0, Math.round(seconds))} s ago`;
    return seconds < 5400 ? `, ${Math.round(seconds / 60)} min ago` : `, ${Math.round(seconds / 3600)} h ago`;
  }

  customElements.define("live-panel", LivePanel);
})();
