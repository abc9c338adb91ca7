// Sets the pace of the page: frames at the display's rate while something moves, none while nothing does.
//
// eframe asks for an animation frame after every animation frame, to see whether the ui wants to be drawn. Each one wakes
// all processes of the webview, which costs a tenth of a core while nobody does anything. So the callback is held back
// until there is a reason to look: a hand moved, news arrived, or what the ui waits for is due.

/// Nothing is held back longer, in milliseconds: a net for what nobody tells.
const LONGEST_MS = 10000;
/// Looks at the display's rate after the last reason for one: egui and eframe may want a frame more than they told.
const AFTERGLOW = 2;
/// The same after files were dropped, which eframe reads before it wants a frame.
const AFTER_DROP = 60;

const nextFrame = window.requestAnimationFrame.bind(window);
const cancelFrame = window.cancelAnimationFrame.bind(window);

/// Looks that are not held back.
let lively = AFTERGLOW;
/// What is held back, by the number that its owner was given. Numbers are below zero: none of them is the browser's.
const held = new Map();
let lastNumber = 0;
let dueTimer;

/// How often it was looked, for those who drive the page.
window.millraceLooks = 0;

window.requestAnimationFrame = (wanted) => {
  const callback = (now) => {
    window.millraceLooks += 1;
    wanted(now);
  };
  if (lively > 0) {
    lively -= 1;
    return nextFrame(callback);
  }
  lastNumber -= 1;
  const number = lastNumber;
  const timer = setTimeout(() => {
    held.delete(number);
    callback(performance.now());
  }, LONGEST_MS);
  held.set(number, { callback, timer });
  return number;
};

window.cancelAnimationFrame = (number) => {
  const waiting = held.get(number);
  if (waiting === undefined) return cancelFrame(number);
  clearTimeout(waiting.timer);
  held.delete(number);
};

function look(times) {
  lively = Math.max(lively, times);
  for (const { callback, timer } of held.values()) {
    clearTimeout(timer);
    nextFrame(callback);
  }
  held.clear();
}

/// There is something to draw: look at once.
window.millraceAwake = () => look(AFTERGLOW);

/// A frame was drawn, and the ui wants the next one in `ms` milliseconds; null: not by itself.
window.millraceDrawn = (ms) => {
  clearTimeout(dueTimer);
  look(AFTERGLOW);
  if (ms !== null) dueTimer = setTimeout(window.millraceAwake, ms);
};

// All that a hand can do to a page, before anybody else hears of it.
for (const name of [
  "pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "mousedown", "mousemove", "mouseup",
  "mouseleave", "touchstart", "touchmove", "touchend", "touchcancel", "wheel", "keydown", "keyup", "beforeinput", "input",
  "compositionstart", "compositionupdate", "compositionend", "copy", "cut", "paste", "contextmenu", "dragenter",
  "dragover", "dragleave", "focus", "blur", "focusin", "focusout", "resize", "hashchange", "pageshow",
]) {
  window.addEventListener(name, window.millraceAwake, { capture: true, passive: true });
}
window.addEventListener("drop", () => look(AFTER_DROP), { capture: true, passive: true });
document.addEventListener("visibilitychange", window.millraceAwake);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", window.millraceAwake);
