// The series below the pictures: one mark a look, its interval, and the look on the desk; a click opens another.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  if (text !== undefined) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}

function drawSeries(host, series, open, chosen) {
  host.replaceChildren();
  if (!series.length) return;
  const [width, height, left, bottom] = [1000, 170, 44, 24];
  const chart = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Counts of this area" }, host);
  const times = series.map((one) => one.t);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(1, ...series.map((one) => one.high ?? one.value ?? 0));
  const x = (t) => left + 12 + ((t - first) / Math.max(last - first, 1)) * (width - left - 30);
  const y = (value) => height - bottom - (value / most) * (height - bottom - 14);
  for (const value of [0, most / 2, most]) {
    element("line", { x1: left, x2: width, y1: y(value), y2: y(value), class: "yw-rule" }, chart);
    element("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end", class: "yw-tick" }, chart, Math.round(value));
  }
  const ticks = first === last ? [first] : [0, 0.25, 0.5, 0.75, 1].map((share) => first + share * (last - first));
  ticks.forEach((t, index) => {
    const anchor = index === 0 ? "start" : index === ticks.length - 1 ? "end" : "middle";
    const day = new Date(t).toISOString().slice(0, 10);
    element("text", { x: x(t), y: height - 6, "text-anchor": anchor, class: "yw-tick" }, chart, day);
  });
  for (const one of series) {
    const mark = element("g", { tabindex: 0, role: "button", "aria-label": one.said, class: "yw-mark" }, chart);
    element("title", {}, mark, one.said);
    const kind = one.value === null ? "yw-none" : one.alarm ? "yw-alarm" : one.reviewed ? "yw-reviewed" : "yw-plain";
    const high = one.value === null ? 0 : one.value;
    if (one.look_id === chosen) {
      element("line", { x1: x(one.t), x2: x(one.t), y1: 4, y2: height - bottom, class: "yw-here" }, mark);
    }
    if (one.low !== null && one.value !== null) {
      element("line", { x1: x(one.t), x2: x(one.t), y1: y(one.low), y2: y(one.high), class: `yw-whisker ${kind}` }, mark);
    }
    if (one.value === null) {
      element("text", { x: x(one.t), y: y(0) - 3, "text-anchor": "middle", class: kind }, mark, "×");
    } else {
      element("circle", { cx: x(one.t), cy: y(high), r: 5, class: kind }, mark);
    }
    mark.addEventListener("click", () => open(one.look_id));
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open(one.look_id);
      }
    });
  }
}
