// Running times and countdowns. The server sends the trial time with the page and this counts on from there with the
// monotonic clock: the device's own clock, which may be wrong, is never asked. Words come from the page, translated.
const seen = new WeakMap();

// Seconds since this element was first seen: fragments that arrive later begin later.
const passed = (element) => {
  if (!seen.has(element)) seen.set(element, performance.now());
  return Math.floor((performance.now() - seen.get(element)) / 1000);
};

const two = (number) => String(number).padStart(2, "0");
const clock = (s) => `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;

// The two largest units, rounded down, as trial/templatetags/look.py writes them.
const length = (seconds, units) => {
  const minutes = Math.floor(seconds / 60);
  const counts = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const first = counts.findIndex(Boolean);
  const parts = counts.map((count, i) => [count, units[i]]);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2).filter(([count]) => count);
  return shown.map(([count, unit]) => `${count}\u00a0${unit}`).join(" ");
};

const tick = () => {
  for (const element of document.querySelectorAll("[data-clock][data-running]")) {
    element.textContent = clock(Number(element.dataset.clock) + passed(element));
  }
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const { countdown, now, ahead, over, units } = element.dataset;
    const left = Number(countdown) - Number(now) - passed(element);
    const words = left >= 0 ? ahead : over;
    element.textContent = words.replace("{length}", length(Math.abs(left), units.split(" ")));
    element.closest(".countdown")?.classList.toggle("countdown--over", left < 0);
  }
};

setInterval(tick, 1000);
tick();
