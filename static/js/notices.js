// Where answers that are no success go. Ours say so themselves (HX-Retarget); a question that is refused stays in
// its dialog; anything else, and no answer at all, shows the notice that this page carries for that case, until
// something is answered again.
(() => {
  const noAnswer = () => {
    const notice = document.getElementById("no-answer").content.cloneNode(true);
    notice.firstElementChild.dataset.noAnswer = "";
    document.getElementById("notices").replaceChildren(notice);
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    if (detail.xhr.status < 400 || detail.xhr.status === 422 || detail.xhr.getResponseHeader("HX-Retarget")) return;
    const asked = detail.requestConfig.target;
    if (detail.xhr.status === 409 && asked.id === "dialog") {
      detail.target = asked;
      return;
    }
    detail.shouldSwap = false;
    noAnswer();
  });
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.xhr.status < 400) document.querySelector("#notices > [data-no-answer]")?.remove();
  });
  // A live panel heard that CallFire answers again: what only told that it did not has had its time.
  document.addEventListener("callfire-back", () => {
    for (const notice of document.querySelectorAll("[data-until-back]")) notice.remove();
  });
  document.addEventListener("htmx:sendError", noAnswer);
  document.addEventListener("htmx:timeout", noAnswer);
})();
