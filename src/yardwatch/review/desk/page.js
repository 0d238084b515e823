
  // A new page from Python: another look, or this one after it was saved.
  turn() {
    const page = this.model.get("page");
    const stays = page.say_wrong && this.look && page.look?.observation_id === this.look.observation_id;
    this.page = page;
    this.tell(page.say || "", Boolean(page.say_wrong));
    if (stays) return; // what the person did is still there to be mended
    const options = (list, chosen) => list.map(([value, textContent]) => make("option", { value, textContent, selected: value === chosen }));
    this.area.replaceChildren(...options(page.areas, page.area));
    this.which.replaceChildren(...options(page.whiches, page.which));
    this.looks.replaceChildren(...options(page.looks.map((one) => [one.look_id, one.label]), page.look?.look_id));
    this.type.replaceChildren(...options(page.classes.map((name) => [name, name]), ""));
    if (!this.reviewer.value) this.reviewer.value = page.reviewer;
    const sameLook = this.look?.look_id === page.look?.look_id;
    this.look = page.look;
    this.root.classList.toggle("yw-empty", !page.look);
    if (!page.look) return;
    this.note.value = "";
    this.correction = new Correction(page.look, page.classes);
    this.setAdding(false);
    [page.before, page.look, page.after].forEach((shot, index) => {
      this.titles[index].textContent = shot ? shot.title : index ? "no look after" : "no look before";
      this.views[index].show(shot, index === 1 && !sameLook ? () => this.fit() : null);
      this.views[index].canvas.setAttribute("aria-label", shot ? shot.title : "no look");
      this.views[index].boxes = () => (index === 1 ? this.correction.boxes : shot?.boxes || []).map((box) => ({ ...box, colour: this.colour(box.label) }));
    });
    this.views[1].selected = () => this.correction.selected;
    this.legend.replaceChildren(...page.classes.map((name, index) => make("span", {}, [make("i", { style: `background:${this.colour(name)}` }), `${index + 1} ${name}`])),
      make("span", { textContent: "dashed: score below 0.5, or on ground that is not counted" }), make("span", { textContent: page.look.credit }));
    this.buttons.confirm.hidden = !page.look.reviewed;
    this.refresh();
    drawSeries(this.series, page.series, (lookId) => this.open(lookId), page.look.look_id);
  }

  colour(label) {
    return COLOURS[Math.max(this.page.classes.indexOf(label), 0) % COLOURS.length];
  }

  refresh() {
    const tally = this.correction.tally();
    const said = [`${tally.freight} freight cars stand`];
    if (tally.others) said.push(`${tally.others} locomotives or coaches`);
    if (tally.rejected) said.push(`${tally.rejected} rejected`);
    if (tally.added) said.push(`${tally.added} added`);
    if (tally.uncounted) said.push(`${tally.uncounted} on ground that is not counted`);
    const box = this.correction.box;
    if (box) said.push(`selected: ${box.label}, ${box.was < 0 ? "added" : `score ${box.score.toFixed(2)}`}, ${(box.l * this.look.pixel_m).toFixed(1)} m`);
    this.count.textContent = this.correction.unusable ? "Unusable: no count" : `${said.join("; ")}.`;
    this.buttons.unusable.setAttribute("aria-pressed", this.correction.unusable);
    this.buttons.undo.disabled = !this.correction.changed;
    for (const name of ["left", "right", "shorter", "longer", "reject"]) this.buttons[name].disabled = !box;
    this.buttons.reject.textContent = box?.rejected ? "Restore" : "Reject";
    this.type.disabled = !box;
    this.type.value = box ? box.label : "";
    this.views[1].draw();
  }
}

export default {
  render({ model, el }) {
    new Desk(model, el);
  },
};
