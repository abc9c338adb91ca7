// Loads the ui's wasm module, and shows a page of plain DOM when the ui cannot start or has panicked.
// It holds no logic of the app itself.

import "./pace.js";

window.millraceShowFailure = (title, detail) => {
  if (document.querySelector(".failure")) return;
  const page = document.createElement("div");
  page.className = "failure";
  const box = document.createElement("div");
  const heading = document.createElement("h1");
  heading.textContent = title;
  const calm = document.createElement("p");
  calm.textContent =
    "Runs go on in the background and are not affected, and what you changed is kept. Reload to go on working; the text below says what happened.";
  const text = document.createElement("pre");
  text.textContent = detail;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "quiet";
  copy.textContent = "Copy";
  copy.addEventListener("click", () => {
    // The old way: a page that has just failed may not be trusted with the clipboard's own interface.
    window.getSelection().selectAllChildren(text);
    copy.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
  });
  const reload = document.createElement("button");
  reload.type = "button";
  reload.textContent = "Reload";
  reload.addEventListener("click", () => window.location.reload());
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(reload, copy);
  box.append(heading, calm, text, buttons);
  page.append(box);
  document.body.append(page);
  reload.focus();
};

// Shortcuts that a browser has as well are the window's: Ctrl+D would make a bookmark, Ctrl+K search the web. What copies,
// pastes, reloads and magnifies stays the browser's; with Alt, a key may type a character.
window.addEventListener(
  "keydown",
  (event) => {
    const held = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (held && /^([abdefgknopstwyz,1-9]|Enter|Delete)$/i.test(event.key)) event.preventDefault();
  },
  { capture: true },
);

// The bytes are fetched here: the generated script does not take the answer of the window's own scheme for one it
// can load from.
async function loadModule(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

try {
  const [{ default: init }, bytes] = await Promise.all([
    import("./millrace_ui.js"),
    loadModule("./millrace_ui_bg.wasm"),
  ]);
  await init({ module_or_path: bytes });
} catch (error) {
  // A panic shows its own page first and then surfaces here as a RuntimeError; the first page stays.
  const stack = error?.stack ? `\n\n${error.stack}` : "";
  window.millraceShowFailure("Millrace's window could not start", `${error}${stack}`);
}
