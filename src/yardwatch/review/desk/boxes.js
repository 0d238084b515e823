// Boxes: where they lie on the picture, which one a point hits, and what a person does to them.
// All in pixels of the chip; angles in degrees from the x axis towards the y axis.

const COLOURS = ["#4cc9f0", "#ffd166", "#95d5b2", "#f4a261", "#cdb4db", "#ff8fab", "#e9ff70", "#a0c4ff"];
const FREIGHT = "freight";

const copyOf = (boxes) => boxes.map((box) => ({ ...box }));

function cornersOf(box) {
  const turn = (box.a * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([along, across]) => [
    box.x + (along * box.l * cos) / 2 - (across * box.w * sin) / 2,
    box.y + (along * box.l * sin) / 2 + (across * box.w * cos) / 2,
  ]);
}

// Distance in pixels from a point to the box, 0 inside.
function distanceTo(box, x, y) {
  const turn = (box.a * Math.PI) / 180;
  const [dx, dy] = [x - box.x, y - box.y];
  const along = Math.abs(dx * Math.cos(turn) + dy * Math.sin(turn)) - box.l / 2;
  const across = Math.abs(-dx * Math.sin(turn) + dy * Math.cos(turn)) - box.w / 2;
  return Math.hypot(Math.max(along, 0), Math.max(across, 0));
}

function middle(values, otherwise) {
  const sorted = values.slice().sort((one, other) => one - other);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : otherwise;
}

// The state of one look on the desk, with undo.
class Correction {
  constructor(look, classes) {
    this.look = look;
    this.classes = classes;
    this.boxes = copyOf(look.boxes);
    this.unusable = look.unusable;
    this.selected = -1;
    this.past = [];
  }

  get box() {
    return this.boxes[this.selected];
  }

  get changed() {
    return this.past.length > 0;
  }

  // Remember what stands before it changes.
  keep() {
    this.past.push({ boxes: copyOf(this.boxes), unusable: this.unusable });
  }

  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.boxes = before.boxes;
    this.unusable = before.unusable;
    this.selected = Math.min(this.selected, this.boxes.length - 1);
  }

  pick(x, y, reach) {
    let best = [reach, -1];
    this.boxes.forEach((box, index) => {
      const distance = distanceTo(box, x, y) + (box.rejected ? 0.01 : 0);
      if (distance < best[0]) best = [distance, index];
    });
    this.selected = best[1];
    return best[1] >= 0;
  }

  // Along the rows of a yard: boxes in the order of their table.
  step(by) {
    if (!this.boxes.length) return;
    const from = this.selected < 0 ? (by > 0 ? -1 : 0) : this.selected;
    this.selected = (from + by + this.boxes.length) % this.boxes.length;
  }

  toggleRejected() {
    if (!this.box) return;
    this.keep();
    if (this.box.was < 0) {
      this.boxes.splice(this.selected, 1);
      this.selected = -1;
    } else {
      this.box.rejected = !this.box.rejected;
    }
  }

  // A new car as long and as wide as those of this look, lying as its nearest neighbour lies.
  add(x, y) {
    this.keep();
    const standing = this.boxes.filter((box) => !box.rejected);
    const near = standing.slice().sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0];
    this.boxes.push({
      x,
      y,
      l: middle(standing.map((box) => box.l), 14 / this.look.pixel_m),
      w: middle(standing.map((box) => box.w), 3 / this.look.pixel_m),
      a: near ? near.a : 0,
      label: near ? near.label : this.classes[0],
      score: 1,
      was: -1,
      rejected: false,
      counts: true,
    });
    this.selected = this.boxes.length - 1;
  }

  change(values) {
    if (!this.box) return;
    this.keep();
    Object.assign(this.box, values, { rejected: false });
    this.box.a = ((this.box.a % 180) + 180) % 180;
  }

  toggleUnusable() {
    this.keep();
    this.unusable = !this.unusable;
  }

  tally() {
    const standing = this.boxes.filter((box) => !box.rejected);
    return {
      freight: standing.filter((box) => box.label.startsWith(FREIGHT) && box.counts).length,
      others: standing.filter((box) => !box.label.startsWith(FREIGHT) && box.counts).length,
      uncounted: standing.filter((box) => !box.counts).length,
      rejected: this.boxes.length - standing.length,
      added: standing.filter((box) => box.was < 0).length,
    };
  }

  // What Python is sent.
  said() {
    return this.boxes
      .filter((box) => !box.rejected)
      .map(({ x, y, l, w, a, label, score, was }) => ({ x, y, l, w, a, label, score, was }));
  }
}
