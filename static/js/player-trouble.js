// <player-trouble role="alert"></player-trouble> in a <recording-player>, which has a button[data-retry] and a
// sentence [data-doubt]
//
// Says why nothing is heard. What is not there yet is asked for again by itself ("player:again"); in other
// trouble the player gives up ("player:hush"), and the button tries again. What plays only then may be doubtful:
// the server says so in a header, and the sentence appears.
(() => {
  const MOST_ASKS = 45;
  const QUIETEST = 0.005;
  const SILENT = "This recording is silent: nothing can be heard in it.";

  class PlayerTrouble extends HTMLElement {
    connectedCallback() {
      this.player = this.closest("recording-player");
      this.audio = this.player.querySelector("audio");
      this.retry = this.player.querySelector("[data-retry]");
      this.asks = 0;
      this.calm = "";
      this.listen();
    }

    disconnectedCallback() {
      this.gone.abort();
      clearTimeout(this.waiting);
    }

    listen() {
      this.gone = new AbortController();
      const on = (target, name, act) => target.addEventListener(name, act, { signal: this.gone.signal });
      on(this.retry, "click", () => this.tryAgain());
      on(this.audio, "loadedmetadata", () => (this.isPlayable = true));
      on(this.audio, "error", () => this.fail());
      on(this.player, "player:turned", () => this.turned());
      on(this.player, "player:plays", () => this.arrived());
      on(this.player, "player:peaks", ({ detail: peaks }) => this.hear(peaks));
    }

    turned() {
      clearTimeout(this.waiting);
      this.say(this.calm);
    }

    arrived() {
      this.asks = 0;
      this.say(this.calm);
      if (this.wasRefused) this.doubt();
    }

    hear(peaks) {
      if (Math.max(...peaks) > QUIETEST) return;
      this.calm = SILENT;
      this.say(this.calm);
    }

    async doubt() {
      this.wasRefused = false;
      const { signal } = this.gone;
      const answer = await fetch(this.audio.src, { method: "HEAD", signal }).catch(() => null);
      this.player.querySelector("[data-doubt]").hidden = !answer?.headers.has("Callboard-Doubt");
    }

    tryAgain() {
      this.asks = 0;
      this.retry.hidden = true;
      this.ask("player:again");
    }

    // The browser says only that it failed; the server says why, and whether asking again soon will help.
    async fail() {
      const isWanted = () => this.player.hasAttribute("data-wants");
      if (!isWanted()) return;
      const signal = this.gone.signal;
      const answer = await fetch(this.audio.src, { headers: { Range: "bytes=0-0" }, signal }).catch(() => null);
      if (signal.aborted || !isWanted()) return;
      // The beginning being here says nothing about the place it failed at.
      const isLate = this.isPlayable && this.audio.error?.code !== MediaError.MEDIA_ERR_DECODE;
      const mayCome = answer?.headers.has("Retry-After") || (answer?.ok && isLate);
      if (mayCome && this.asks < MOST_ASKS) {
        this.asks += 1;
        this.say("CallFire is still sending this recording. It goes on by itself.");
        this.waiting = setTimeout(() => this.ask("player:again"), 1000);
        return;
      }
      this.ask("player:hush");
      this.wasRefused = true;
      this.say(mayCome ? "CallFire sends this too slowly. Try again later." : await reason(answer), true);
    }

    say(sentence, canRetry = false) {
      this.textContent = sentence;
      this.retry.hidden = !canRetry;
    }

    ask(name) {
      this.player.dispatchEvent(new CustomEvent(name));
    }
  }

  async function reason(answer) {
    if (!answer) return "Callboard does not answer. Try again in a moment.";
    if (answer.redirected) return "You are signed out. Sign in again to listen.";
    if (answer.ok) return "This browser cannot play this recording. Download it instead.";
    if (answer.headers.get("Content-Type")?.startsWith("text/plain")) return answer.text();
    return "This recording cannot be played now. Try again in a moment.";
  }

  customElements.define("player-trouble", PlayerTrouble);
})();
