// Views: canvases that show pictures of one place on one grid; they pan and zoom together.

class Sight {
  constructor() {
    this.scale = 0; // screen pixels a chip pixel; 0 until the first fit
    this.x = 0; // chip pixel in the middle
    this.y = 0;
    this.watchers = [];
    this.main = null; // the canvas whose pixels `scale` counts; smaller ones show the same ground, smaller
  }

  changed() {
    this.watchers.forEach((draw) => draw());
  }

  fit(width, height, canvas) {
    this.scale = Math.min(canvas.clientWidth / width, canvas.clientHeight / height) || 1;
    [this.x, this.y] = [width / 2, height / 2];
    this.changed();
  }

  zoom(by, x, y) {
    const scale = Math.min(Math.max(this.scale * by, 0.05), 40);
    const rate = 1 - this.scale / scale;
    this.x += (x - this.x) * rate;
    this.y += (y - this.y) * rate;
    this.scale = scale;
    this.changed();
  }

  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.changed();
  }
}

class View {
  constructor(sight, name) {
    this.sight = sight;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "yw-canvas";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", name);
    this.picture = null;
    this.shot = null;
    this.boxes = () => [];
    this.selected = () => -1;
    sight.watchers.push(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  // shot: {image, place: [x, y, scale] on the grid of the look under review}
  show(shot, ready) {
    this.shot = shot;
    this.picture = null;
    if (!shot) return this.draw();
    const picture = new Image();
    picture.onload = () => {
      this.picture = picture;
      if (ready) ready();
      this.draw();
    };
    picture.src = shot.image;
    return undefined;
  }

  // Screen pixels a chip pixel on this canvas.
  get scale() {
    const { main, scale } = this.sight;
    return main && main.clientWidth ? (scale * this.canvas.clientWidth) / main.clientWidth : scale;
  }

  // Chip pixel under a mouse event.
  at(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [
      this.sight.x + (event.clientX - frame.left - frame.width / 2) / this.scale,
      this.sight.y + (event.clientY - frame.top - frame.height / 2) / this.scale,
    ];
  }

  draw() {
    const { canvas, sight } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    const dense = window.devicePixelRatio || 1;
    canvas.width = width * dense;
    canvas.height = height * dense;
    const pen = canvas.getContext("2d");
    pen.scale(dense, dense);
    pen.fillStyle = "#1d1f21";
    pen.fillRect(0, 0, width, height);
    if (!this.picture || !this.scale) return;
    pen.translate(width / 2, height / 2);
    pen.scale(this.scale, this.scale);
    pen.translate(-sight.x, -sight.y);
    pen.imageSmoothingEnabled = this.scale < 2;
    const [x, y, scale] = this.shot.place;
    pen.drawImage(this.picture, x, y, this.shot.width * scale, this.shot.height * scale);
    this.boxes().forEach((box, index) => this.drawBox(pen, box, index === this.selected()));
    pen.resetTransform();
    pen.scale(dense, dense);
    this.drawScale(pen, width, height);
  }

  drawBox(pen, box, selected) {
    const thin = 1 / this.scale;
    const corners = cornersOf(box);
    pen.beginPath();
    corners.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.setLineDash(box.counts === false || (box.score < 0.5 && box.was >= 0) ? [4 * thin, 3 * thin] : []);
    for (const [colour, thick] of [["#000000", 3.4], [box.rejected ? "#ff4d4d" : box.colour, selected ? 2.6 : 1.5]]) {
      pen.strokeStyle = selected && colour !== "#000000" ? "#ffffff" : colour;
      pen.lineWidth = thick * thin;
      pen.stroke();
    }
    pen.setLineDash([]);
    if (box.rejected) {
      pen.strokeStyle = "#ff4d4d";
      pen.lineWidth = 1.5 * thin;
      pen.beginPath();
      pen.moveTo(...corners[0]);
      pen.lineTo(...corners[2]);
      pen.moveTo(...corners[1]);
      pen.lineTo(...corners[3]);
      pen.stroke();
    } else if (box.was < 0) {
      pen.fillStyle = box.colour;
      pen.beginPath();
      pen.arc(box.x, box.y, 2.5 * thin, 0, 7);
      pen.fill();
    }
  }

  drawScale(pen, width, height) {
    const metre = this.scale / this.shot.metres;
    const length = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((metres) => metres * metre > 60) || 1000;
    pen.fillStyle = "rgba(0, 0, 0, 0.6)";
    pen.fillRect(8, height - 28, length * metre + 12, 22);
    pen.fillStyle = "#ffffff";
    pen.fillRect(14, height - 12, length * metre, 2);
    pen.font = "12px sans-serif";
    pen.fillText(`${length} m`, 14, height - 16);
  }
}
