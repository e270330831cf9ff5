// What models said, counted: which labels over time, how sure, and how far from what they were tested on.
import { h, pill, card, empty, failure, loading, table, number, compact } from './dom.js';
import { get } from './api.js';
import { barChart } from './chart.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const BUCKETS = 20;
const PAGES = 20;
const colours = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'];
const rest = '--c8';

/** Labels that a chart shows singly. */
export const SHOWN = 6;

/**
 * The colours of a page: each label gets one when it is first asked for, and has it in every chart. When there are none left a label has
 * that of all others.
 */
export function palette() {
  const given = new Map();
  return label => {
    const name = label ?? '';
    if (!given.has(name) && given.size < colours.length) {
      given.set(name, colours[given.size]);
    }
    return given.get(name) ?? rest;
  };
}
const spans = [['24 hours', DAY, HOUR], ['7 days', 7 * DAY, HOUR], ['90 days', 90 * DAY, DAY]];

const percent = value => `${(100 * value).toLocaleString('en', { maximumFractionDigits: value < 0.1 ? 1 : 0 })} %`;

/** All pages of an answer, up to a bound: [items, whether these are all]. */
async function all(address) {
  const items = [];
  let after = null;
  for (let i = 0; i < PAGES; i++) {
    const page = await get(`${address}&limit=1000${after === null ? '' : `&after=${encodeURIComponent(after)}`}`);
    items.push(...page.items);
    after = page.next;
    if (after === null) {
      return [items, true];
    }
  }
  return [items, false];
}

/** A shift with what it means. */
export function shift(value) {
  if (value === null || value === undefined) {
    return h('span', { class: 'dim' }, '–');
  }
  const text = value.toLocaleString('en', { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  return value < 0.1 ? pill(`${text} hardly`, 'good') : value < 0.25 ? pill(`${text} some`, 'warn') : pill(`${text} a lot`, 'bad');
}

/** How far labels and confidence are; null where there is nothing to compare with. */
const distance = of => of === null || (of.labels === null && of.confidence === null) ? h('span', { class: 'dim' }, '–')
  : h('div', { class: 'distance' }, h('span', {}, 'labels'), shift(of.labels), h('span', {}, 'confidence'), shift(of.confidence));

const key = (shares, colour) => h('div', { class: 'legend body' }, shares.map(([name, share], i) => {
  const dot = h('i', {});
  dot.style.background = `var(${colour(i)})`;
  return h('span', {}, dot, `${name} ${percent(share)}`);
}));

/** How often each label came: bars over time. */
function labelsOverTime(items, now, seconds, step, colour) {
  const totals = new Map();
  items.forEach(item => totals.set(item.label, (totals.get(item.label) ?? 0) + item.count));
  const sum = [...totals.values()].reduce((one, other) => one + other, 0);
  const ordered = [...totals].sort((a, b) => b[1] - a[1]);
  const shownLabels = ordered.slice(0, SHOWN).map(([name]) => name).sort();
  const first = Math.floor((now - seconds) / step) * step;
  const x = Array.from({ length: Math.floor((now - first) / step) + 1 }, (_, i) => first + i * step);
  const rows = [...shownLabels, null].map(() => x.map(() => 0));
  items.forEach(item => {
    const at = Math.round((Date.parse(item.at) / 1000 - first) / step);
    const row = shownLabels.indexOf(item.label);
    if (at >= 0 && at < x.length) {
      rows[row < 0 ? shownLabels.length : row][at] += item.count;
    }
  });
  const others = ordered.length > shownLabels.length;
  const names = [...shownLabels.map(name => name === '' ? 'no label' : name === '…' ? 'all others' : name), ...others ? ['others'] : []];
  const shares = names.map((name, i) => [name, (i < shownLabels.length ? totals.get(shownLabels[i]) : rows[shownLabels.length].reduce((a, b) => a + b, 0)) / sum]);
  const painted = names.map((_, i) => i < shownLabels.length ? colour(shownLabels[i]) : rest);
  const chart = barChart(x, names.map((_, i) => ({ colour: painted[i], values: rows[i] })),
    { step, time: true, height: 210, label: `Labels over time: ${shares.map(([name, share]) => `${name} ${percent(share)}`).join(', ')}` });
  return { chart, content: [chart.element, key(shares, i => painted[i])], hint: `${compact(sum)} predictions` };
}

/** How sure the model was, with the line of what it was tested on. */
function confidenceHistogram(items, reference) {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  items.forEach(item => counts[item.bucket] += item.count);
  const sum = counts.reduce((one, other) => one + other, 0);
  const x = counts.map((_, i) => i / BUCKETS);
  const expected = reference ? x.map((_, i) => sum * reference[Math.floor(i * reference.length / BUCKETS)] * reference.length / BUCKETS) : null;
  const middle = counts.reduce((state, count, i) => state.found === null && state.seen + count >= sum / 2 ? { seen: state.seen + count, found: i } : { ...state, seen: state.seen + count }, { seen: 0, found: null }).found;
  const chart = barChart(x, [{ colour: '--c1', values: counts }], { step: 1 / BUCKETS, height: 210, expected,
    label: `Confidence: half of the predictions are at or below ${((middle + 1) / BUCKETS).toFixed(2)}` });
  return { chart, content: [chart.element, h('div', { class: 'legend body' }, h('span', {}, `half of them at or below ${((middle + 1) / BUCKETS).toFixed(2)}`), expected ? h('span', {}, h('i', { class: 'dash' }), 'as tested') : null)] };
}

/**
 * Cards for a device, or for one version of a model. `reference` is what the release says of its test data, `colour` the palette of
 * the page.
 */
export function questions(context, { device = null, model = null, version = null, reference = null, colour = palette() }) {
  const element = h('div', { class: 'grid' }, h('section', { class: 'card' }, loading()));
  let [, seconds, step] = spans[0];
  let wanted = null;
  let charts = [];
  let asked = 0;
  const name = item => `${item.model} ${item.version}`;
  const segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'How long back' }, spans.map(([text, length, width], i) => h('button', {
    type: 'button', 'aria-pressed': String(i === 0), onclick: event => {
      [seconds, step] = [length, width];
      segments.querySelectorAll('button').forEach(button => button.setAttribute('aria-pressed', String(button === event.currentTarget)));
      load();
    } }, text)));
  const of = h('select', { name: 'version', 'aria-label': 'Which model and version', onchange: () => {
    wanted = of.value;
    load();
  } });
  const close = () => {
    charts.forEach(chart => chart.close());
    charts = [];
  };
  async function load() {
    const turn = ++asked;
    const now = Date.now() / 1000;
    const since = new Date((now - seconds) * 1000).toISOString();
    const query = `${device ? `&device=${encodeURIComponent(device)}` : ''}${model ? `&model=${encodeURIComponent(model)}` : ''}`;
    try {
      const [drift] = await all(`/predictions/drift?since=${since}&from=${new Date((now - 2 * seconds) * 1000).toISOString()}${query}`);
      const versions = drift.filter(item => item.predictions > 0 && (version === null || item.version === version)).sort((a, b) => b.predictions - a.predictions);
      const chosen = versions.find(item => name(item) === wanted) ?? versions[0];
      const only = chosen ? `from=${since}${device ? `&device=${encodeURIComponent(device)}` : ''}&model=${encodeURIComponent(chosen.model)}&version=${encodeURIComponent(chosen.version)}` : '';
      const [[labels, whole], [confidence]] = chosen ? await Promise.all([all(`/predictions/labels?${only}&step=${step === DAY ? 'day' : 'hour'}`), all(`/predictions/confidence?${only}`)]) : [[[], true], [[], true]];
      if (turn === asked && context.isHere()) {
        show(now, versions, chosen, labels, whole, confidence);
      }
    } catch (problem) {
      element.replaceChildren(h('section', { class: 'card' }, failure(problem, load)));
    }
  }
  function show(now, versions, chosen, labels, whole, confidence) {
    const head = h('div', { class: 'tools' }, version === null && versions.length > 1 ? of : null, segments);
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    close();
    if (versions.length === 0) {
      element.replaceChildren(card('What it says', head, empty('No predictions in this time', 'Predictions are counted by hour, label and confidence as they arrive.')));
      focused?.focus();
      return;
    }
    of.replaceChildren(...versions.map(item => h('option', { value: name(item), selected: item === chosen }, name(item))));
    const overTime = labelsOverTime(labels, now, seconds, step, colour);
    const histogram = confidence.length ? confidenceHistogram(confidence, reference?.confidence) : null;
    charts = [overTime.chart, histogram?.chart].filter(Boolean);
    element.replaceChildren(
      card('Labels over time', head, overTime.content, whole ? null : h('div', { class: 'note warn', role: 'status' },
        `There are more than ${number(labels.length)} counts, and the later ones are left out. Look at a shorter time.`)),
      h('div', { class: device ? null : 'half' }, card('Confidence', overTime.hint, histogram ? histogram.content : empty('No scores', 'These predictions have none.'))),
      h('div', { class: device ? null : 'half' }, card('Drift', 'population stability index', table([
        { label: 'Version', title: true, cell: item => name(item) }, { label: 'Predictions', n: true, cell: item => number(item.predictions) },
        { label: 'From its test', cell: item => distance(item.reference) }, { label: 'From the time before', cell: item => distance(item.before) },
      ], versions.slice(0, 10)), versions.some(item => item.reference === null) ? h('div', { class: 'body dim small' }, 'A release whose manifest has no reference is not compared with its test data.') : null)));
    focused?.focus();
  }
  load();
  const again = setInterval(() => element.contains(document.activeElement) || load(), 60000);
  context.onLeave(() => {
    clearInterval(again);
    close();
  });
  return element;
}
