// The commands Discord keeps in a message's menu: each message on the stage gets a button for them, and a right click,
// a long touch or the keyboard's menu key opens them, too.

const dialog = document.getElementById("menu");
let closed = () => {};

dialog.addEventListener("close", () => closed(dialog.returnValue));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(""); });

/** Keep a button on each message of a page of the stage. `use(messageId, command)` is told what a person chose. */
export function watchMessages(page, commands, use) {
  const list = page?.getElementById("channel-message-list");
  if (!list) return;
  const open = (message) => {
    closed = (command) => {
      message.querySelector(".menu-button")?.focus({ preventScroll: true });
      if (command) use(message.dataset.messageId, command);
    };
    show(message, commands());
  };
  const mark = () => { for (const message of list.querySelectorAll(".channel-message")) addButton(message, open); };
  new MutationObserver(mark).observe(list, { childList: true, subtree: true });
  list.addEventListener("contextmenu", (event) => {
    const message = event.target.closest(".channel-message");
    const hasOwnMenu = event.target.closest("a, img, input, textarea") || page.getSelection()?.toString();
    if (hasOwnMenu || !message?.querySelector(".menu-button") || !commands().length) return;
    event.preventDefault();
    open(message);
  });
  mark();
}

function addButton(message, open) {
  // What only one person sees has no such menu, and neither has what is not drawn yet.
  if (!message.childElementCount || message.querySelector(".menu-button, .message-ephemeral-note")) return;
  const page = message.ownerDocument;
  let tools = message.querySelector(".message-context-actions");
  if (!tools) {
    tools = page.createElement("div");
    tools.className = "message-context-actions";
    message.append(tools);
  }
  const button = page.createElement("button");
  button.type = "button";
  button.className = "message-action-button menu-button";
  button.textContent = "⋯";
  button.dataset.controlKey = `message:${message.dataset.messageId}:action:menu`; // the stage keeps the focus by it
  button.title = "Commands for this message";
  button.setAttribute("aria-label", button.title);
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => open(message));
  tools.append(button);
}

function show(message, commands) {
  document.getElementById("menu-message").textContent = message.querySelector(".message-content")?.textContent ?? "";
  document.getElementById("menu-commands").replaceChildren(...commands.map((name) => {
    const button = document.createElement("button");
    button.value = name;
    button.textContent = name;
    return button;
  }));
  dialog.returnValue = "";
  dialog.showModal();
}
