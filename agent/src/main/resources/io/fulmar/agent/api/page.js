// Shows what the device says of itself; every text from it goes in as text.
const at = (id) => document.getElementById(id);

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const number = new Intl.NumberFormat();
let before = new Map();

function rate(pipeline, now) {
  const last = before.get(pipeline.name);
  if (!last || now - last.at < 400 || pipeline.predictions < last.count) return last?.rate ?? '';
  const perSecond = (pipeline.predictions - last.count) * 1000 / (now - last.at);
  return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} a second`;
}

function shape(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawn(pipeline) {
  const picture = shape('svg', { viewBox: '0 0 100 75', class: 'found', role: 'img' });
  for (const it of pipeline.objects ?? []) {
    const [left, top, width, height] = it.box;
    const box = shape('rect', { x: left * 100, y: top * 75, width: width * 100, height: height * 75 });
    const title = shape('title', {});
    title.textContent = `${it.label || it.index} ${it.score.toFixed(2)}`;
    box.append(title);
    picture.append(box);
  }
  for (const it of pipeline.keypoints ?? []) {
    const point = shape('circle', { cx: it.x * 100, cy: it.y * 75, r: 1.5 });
    const title = shape('title', {});
    title.textContent = `${it.name} ${it.score.toFixed(2)}`;
    point.append(title);
    picture.append(point);
  }
  return picture;
}

function card(pipeline, now) {
  const made = element('article', '', 'card');
  made.dataset.pipeline = pipeline.name;
  made.append(element('h3', pipeline.name));
  made.append(element('p', `${pipeline.model} ${pipeline.version}`));
  made.append(element('div', pipeline.paused ? 'paused' : pipeline.label || '–', 'label'));
  if (pipeline.label) {
    const meter = document.createElement('meter');
    meter.min = 0;
    meter.max = 1;
    meter.value = pipeline.score;
    meter.title = 'score';
    made.append(meter, element('p', `score ${pipeline.score.toFixed(3)}`));
  }
  for (const it of pipeline.quantities ?? []) made.append(element('p', `${it.name} ${it.value} ${it.unit}`));
  if (pipeline.objects || pipeline.keypoints) made.append(drawn(pipeline));
  for (const it of (pipeline.objects ?? []).slice(0, 5)) made.append(element('p', `${it.label || it.index} ${it.score.toFixed(2)}`));
  const perSecond = rate(pipeline, now);
  before.set(pipeline.name, { at: now, count: pipeline.predictions, rate: perSecond });
  made.append(element('p', `${number.format(pipeline.predictions)} predictions${perSecond ? `, ${perSecond}` : ''}`));
  made.append(element('p', `${number.format(pipeline.micros)} µs for the last`));
  if (pipeline.drift === 'drifting') made.append(element('p', `drift: ${pipeline.driftReason}`, 'drift'));
  if (pipeline.failures > 0) made.append(element('p', `${number.format(pipeline.failures)} failures`));
  if (pipeline.lateFrames > 0) made.append(element('p', `${number.format(pipeline.lateFrames)} frames came too late`));
  return made;
}

function show(status) {
  const now = Date.now();
  document.title = `${status.device} – ${status.health}`;
  at('device').textContent = status.device;
  at('health').textContent = status.health;
  at('health').className = `badge ${status.health}`;
  at('link').textContent = status.connected ? 'connected to the fleet' : 'not connected to the fleet; it works on alone';
  at('pipelines').replaceChildren(...status.pipelines.map((it) => card(it, now)));
  at('wrong').hidden = status.conditions.length === 0;
  at('list').replaceChildren(...status.conditions.map((it) => {
    const made = element('li', '');
    made.append(element('strong', it.name), element('div', it.reason), element('div', it.hint));
    return made;
  }));
  at('store').textContent = `${number.format(status.recorded)} rows recorded, ${number.format(status.buffered)} not yet with`
    + ` the fleet · agent ${status.agent}`;
  at('lost').hidden = true;
}

const events = new EventSource('/api/v1/events');
let losing;
events.onmessage = (event) => {
  clearTimeout(losing);
  losing = undefined;
  show(JSON.parse(event.data));
};
events.onerror = () => { // also when the stream ended by itself, which says nothing
  losing ??= setTimeout(() => { at('lost').hidden = false; }, 5000);
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10000);
};
