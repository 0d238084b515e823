// The desk: one look under review between its neighbours in time. Python holds the ledger; this shows and edits.

const HELP = [
  ["click", "select a car"], ["drag", "move it, or the picture"], ["wheel", "zoom"],
  ["X", "reject or restore"], ["A", "add at the mouse"], ["[ ]", "turn (Shift: 10°)"], [", .", "shorter, longer"],
  ["1-9", "type"], ["Tab", "next car"], ["arrows", "nudge"], ["Z", "undo"], ["0", "fit"], ["U", "unusable"],
  ["S", "save"], ["P N", "look before, after"],
];

function make(tag, attributes, children = []) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

class Desk {
  constructor(model, host) {
    this.model = model;
    this.sight = new Sight();
    this.mouse = null;
    this.build(host);
    model.on("change:page", () => this.turn());
    this.turn();
  }

  build(host) {
    const labelled = (text, field) => make("label", {}, [make("span", { textContent: text }), field]);
    this.area = make("select", { onchange: () => this.ask("area", { area: this.area.value }) });
    this.which = make("select", { onchange: () => this.ask("which", { which: this.which.value }) });
    this.looks = make("select", { className: "yw-looks", onchange: () => this.open(this.looks.value) });
    this.reviewer = make("input", { type: "text", size: 12, autocomplete: "off" });
    this.note = make("textarea", { rows: 2, placeholder: "Why, or what you are unsure of" });
    this.type = make("select", { onchange: () => this.act(() => this.correction.change({ label: this.type.value })) });
    this.buttons = {};
    const button = (name, text, title, action) =>
      (this.buttons[name] = make("button", { type: "button", textContent: text, title, onclick: action }));
    const tools = [
      button("reject", "Reject", "X", () => this.act(() => this.correction.toggleRejected())),
      button("add", "Add", "A, or this and a click", () => this.setAdding(!this.adding)),
      button("left", "Turn ⟲", "[", () => this.turnBox(-2)),
      button("right", "Turn ⟳", "]", () => this.turnBox(2)),
      button("shorter", "Shorter", ",", () => this.stretch(-1)),
      button("longer", "Longer", ".", () => this.stretch(1)),
      labelled("Type", this.type),
      button("undo", "Undo", "Z", () => this.act(() => this.correction.undo())),
      button("fit", "Fit", "0", () => this.fit()),
      button("unusable", "Unusable", "U", () => this.act(() => this.correction.toggleUnusable())),
    ];
    this.views = ["before", "now", "after"].map((name) => new View(this.sight, name));
    this.titles = this.views.map(() => make("figcaption", {}));
    const figures = this.views.map((view, index) => make("figure", { className: `yw-${view.canvas.getAttribute("aria-label")}` }, [this.titles[index], view.canvas]));
    this.count = make("p", { className: "yw-count", role: "status" });
    this.say = make("p", { className: "yw-say", role: "status" });
    this.series = make("div", { className: "yw-series" });
    const save = button("save", "Save review", "S", () => this.save());
    const confirm = button("confirm", "Confirm as second person", "", () => this.ask("confirm", {}));
    save.className = "yw-primary";
    this.root = make("div", { className: "yw-desk" }, [
      make("div", { className: "yw-row" }, [
        labelled("Area", this.area), labelled("Show", this.which),
        button("previous", "◀", "P: the look before", () => this.go(-1)), labelled("Look", this.looks),
        button("next", "▶", "N: the look after", () => this.go(1)), labelled("Reviewer", this.reviewer),
      ]),
      make("div", { className: "yw-views" }, figures),
      make("div", { className: "yw-row yw-tools", role: "toolbar", "aria-label": "Change the boxes" }, tools),
      this.legend = make("div", { className: "yw-row yw-legend" }),
      make("div", { className: "yw-row" }, [this.count, labelled("Note", this.note), save, confirm]),
      this.say, this.series,
      make("details", {}, [make("summary", { textContent: "Keys" }), make("p", { className: "yw-help" }, HELP.map(([key, does]) => make("span", {}, [make("kbd", { textContent: key }), ` ${does}`])))]),
    ]);
    host.append(this.root);
    this.listen();
  }

  listen() {
    for (const view of this.views) {
      view.canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.sight.zoom(Math.exp(-event.deltaY / 500), ...view.at(event));
      }, { passive: false });
    }
    const main = this.views[1].canvas;
    this.sight.main = main;
    main.tabIndex = 0;
    main.addEventListener("pointerdown", (event) => this.press(event));
    main.addEventListener("pointermove", (event) => this.drag(event));
    main.addEventListener("pointerup", () => (this.held = null));
    main.addEventListener("keydown", (event) => this.key(event));
    // Jupyter has keys of its own; what is typed on the desk stays on the desk.
    for (const kind of ["keydown", "keyup", "keypress"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
  }

  press(event) {
    const main = this.views[1];
    main.canvas.focus();
    main.canvas.setPointerCapture(event.pointerId);
    const [x, y] = main.at(event);
    if (this.adding) {
      this.act(() => this.correction.add(x, y));
      return this.setAdding(false);
    }
    const hit = this.correction.pick(x, y, 6 / this.sight.scale);
    this.held = { x: event.clientX, y: event.clientY, hit, moved: false };
    return this.refresh();
  }

  drag(event) {
    this.mouse = this.views[1].at(event);
    if (!this.held) return;
    const [dx, dy] = [event.clientX - this.held.x, event.clientY - this.held.y];
    if (!this.held.moved && Math.hypot(dx, dy) < 3) return;
    if (this.held.hit && !this.look.fixed) {
      if (!this.held.moved) this.correction.keep();
      const box = this.correction.box;
      [box.x, box.y, box.rejected] = [box.x + dx / this.sight.scale, box.y + dy / this.sight.scale, false];
      this.refresh();
    } else {
      this.sight.pan(dx, dy);
    }
    Object.assign(this.held, { x: event.clientX, y: event.clientY, moved: true });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 10 : 1;
    const box = this.correction.box;
    const nudge = (dx, dy) => box && this.act(() => this.correction.change({ x: box.x + dx * step, y: box.y + dy * step }));
    const does = {
      x: () => this.act(() => this.correction.toggleRejected()), Delete: () => this.act(() => this.correction.toggleRejected()),
      a: () => (this.mouse ? this.act(() => this.correction.add(...this.mouse)) : this.setAdding(true)),
      "[": () => this.turnBox(-2 * step), "]": () => this.turnBox(2 * step), "{": () => this.turnBox(-10), "}": () => this.turnBox(10),
      ",": () => this.stretch(-1), ".": () => this.stretch(1), z: () => this.act(() => this.correction.undo()),
      0: () => this.fit(), u: () => this.act(() => this.correction.toggleUnusable()), s: () => this.save(),
      n: () => this.go(1), p: () => this.go(-1), "+": () => this.sight.zoom(1.3, this.sight.x, this.sight.y),
      "-": () => this.sight.zoom(1 / 1.3, this.sight.x, this.sight.y), Escape: () => this.canvasLeft(),
      ArrowLeft: () => nudge(-1, 0), ArrowRight: () => nudge(1, 0), ArrowUp: () => nudge(0, -1), ArrowDown: () => nudge(0, 1),
      Tab: () => this.act(() => this.correction.step(event.shiftKey ? -1 : 1), true),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const label = this.page.classes[Number(event.key) - 1];
    if (event.key === "Tab" && !this.walking(event)) return; // Tab leaves the picture after its last car
    if (does) does();
    else if (label) this.act(() => this.correction.change({ label }));
    else return;
    event.preventDefault();
  }

  walking(event) {
    const next = this.correction.selected + (event.shiftKey ? -1 : 1);
    return next >= 0 && next < this.correction.boxes.length;
  }

  canvasLeft() {
    this.correction.selected = -1;
    this.setAdding(false);
    this.refresh();
  }

  setAdding(adding) {
    this.adding = adding && !this.look.fixed;
    this.buttons.add.setAttribute("aria-pressed", this.adding);
    this.views[1].canvas.style.cursor = this.adding ? "crosshair" : "";
  }

  act(change, always = false) {
    if (this.look.fixed && !always) this.tell("This look has no count, so its boxes stay as they are.", true);
    else change();
    this.refresh();
  }

  turnBox(degrees) {
    const box = this.correction.box;
    if (box) this.act(() => this.correction.change({ a: box.a + degrees }));
  }

  stretch(metres) {
    const box = this.correction.box;
    if (box) this.act(() => this.correction.change({ l: box.l + (metres * 0.5) / this.look.pixel_m }));
  }

  fit() {
    this.sight.fit(this.look.width, this.look.height, this.views[1].canvas);
  }

  ask(kind, content) {
    this.model.send({ kind, reviewer: this.reviewer.value, ...content });
  }

  open(lookId) {
    if (this.correction?.changed && !window.confirm("Leave this look without saving what you changed?")) {
      this.looks.value = this.look.look_id;
      return;
    }
    this.ask("open", { look_id: lookId });
  }

  go(by) {
    const ids = this.page.looks.map((one) => one.look_id);
    const next = ids[ids.indexOf(this.look?.look_id) + by];
    if (next) this.open(next);
  }

  save() {
    if (!this.look) return;
    const { unusable } = this.correction;
    this.tell("Saving …", false);
    const boxes = this.look.fixed ? null : this.correction.said();
    this.ask("save", { look_id: this.look.look_id, observation_id: this.look.observation_id, boxes, unusable, note: this.note.value });
  }

  tell(text, wrong) {
    this.say.textContent = text;
    this.say.classList.toggle("yw-wrong", wrong);
  }
