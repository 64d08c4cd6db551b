// <toast-list> holds messages. Each leaves after 8 s, later while it is pointed at or focused; warnings stay.
(() => {
  const SECONDS = 8;

  class ToastList extends HTMLElement {
    connectedCallback() {
      this.watcher = new MutationObserver(() => this.greet());
      this.watcher.observe(this, { childList: true });
      this.greet();
    }

    disconnectedCallback() {
      this.watcher.disconnect();
    }

    greet() {
      for (const toast of this.querySelectorAll(".toast:not([data-met])")) {
        toast.dataset.met = "";
        const button = toast.querySelector("button");
        button.hidden = false;
        button.addEventListener("click", () => toast.remove());
        if (["warn", "bad"].includes(toast.dataset.tone)) continue;
        this.leaveLater(toast);
        for (const stay of ["pointerenter", "focusin"]) toast.addEventListener(stay, () => clearTimeout(toast.leaving));
        for (const go of ["pointerleave", "focusout"]) toast.addEventListener(go, () => this.leaveLater(toast));
      }
    }

    leaveLater(toast) {
      clearTimeout(toast.leaving);
      toast.leaving = setTimeout(() => toast.remove(), 1000 * SECONDS);
    }
  }

  customElements.define("toast-list", ToastList);
})();
