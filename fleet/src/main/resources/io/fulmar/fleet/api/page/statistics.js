// What devices have counted of what models see and say, beside the reference.
import { h, pill, card, empty, failure, loading, table, number, ago } from './dom.js';
import { get } from './api.js';
import { barChart, timeChart } from './chart.js';
import { shift } from './questions.js';

const DAYS = 7;
const MOST = 1000;
const colours = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'];

const of = row => `${row.device} ${row.pipeline} ${row.model} ${row.version}`;
const worst = row => row.distributions.reduce((one, other) => other.psi > (one?.psi ?? -1) ? other : one, null);

/** A share in words: where an interval begins and ends, or its label. */
function intervals(distribution) {
  const edge = value => Number(value.toPrecision(4)).toString();
  return distribution.counts.map((_, i) => distribution.labels[i]
    ?? (i === 0 ? `to ${edge(distribution.edges[0])}` : i === distribution.edges.length ? `from ${edge(distribution.edges[i - 1])}` : `to ${edge(distribution.edges[i])}`));
}

function histogram(distribution) {
  const sum = Math.max(1, distribution.counts.reduce((one, other) => one + other, 0));
  const names = intervals(distribution);
  const x = distribution.counts.map((_, i) => i);
  const chart = barChart(x, [{ colour: '--c1', values: distribution.counts.map(count => count / sum) }], { step: 1, height: 130, expected: distribution.reference,
    label: `${distribution.name}: ${names.map((name, i) => `${name} ${(100 * distribution.counts[i] / sum).toFixed(1)} %, was ${(100 * distribution.reference[i]).toFixed(1)} %`).join('; ')}` });
  return { chart, element: h('div', {}, h('div', { class: 'body tools' }, h('b', {}, distribution.name), shift(distribution.psi),
    distribution.labels.length ? null : h('span', { class: 'dim small' }, `KS ${distribution.ks.toFixed(2)}`),
    h('span', { class: 'dim small' }, distribution.learned ? 'as learnt on the device' : 'as the package says')), chart.element,
  h('div', { class: 'body dim small' }, names.join(' · '))) };
}

/** A card for a device, or for one version of a model. */
export function statistics(context, { device = null, model = null, version = null }) {
  const element = h('div', {}, h('section', { class: 'card' }, loading()));
  let charts = [];
  let wanted = null;
  const close = () => {
    charts.forEach(chart => chart.close());
    charts = [];
  };
  const pick = h('select', { name: 'statistics', 'aria-label': 'Which pipeline', onchange: () => {
    wanted = pick.value;
    load();
  } });
  async function load() {
    const since = new Date(Date.now() - DAYS * 86400000).toISOString();
    const query = [['device', device], ['model', model], ['version', version]].filter(([, value]) => value !== null).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join('');
    try {
      const { items } = await get(`/statistics?since=${since}&limit=${MOST}${query}`);
      if (context.isHere()) {
        show(items);
      }
    } catch (problem) {
      element.replaceChildren(h('section', { class: 'card' }, failure(problem, load)));
    }
  }
  function show(items) {
    close();
    const newest = [...Map.groupBy(items, of)].map(([, rows]) => rows[0]).sort((a, b) => (worst(b)?.psi ?? 0) - (worst(a)?.psi ?? 0));
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    if (newest.length === 0) {
      element.replaceChildren(card('Inputs and drift', `${DAYS} days`, empty('No statistics yet', 'Devices count what models see and say, and send it every hour, or when it is no longer what it was.')));
      return;
    }
    const chosen = newest.find(row => of(row) === wanted) ?? newest[0];
    pick.replaceChildren(...newest.map(row => h('option', { value: of(row), selected: row === chosen }, of(row))));
    const history = items.filter(row => of(row) === of(chosen)).reverse();
    const names = chosen.distributions.map(each => each.name).slice(0, colours.length);
    const over = timeChart(names.map((name, i) => ({ label: name, colour: colours[i], points: history.length < 2 })),
      [history.map(row => Date.parse(row.at ?? row.received) / 1000), ...names.map(name => history.map(row => row.distributions.find(each => each.name === name)?.psi ?? null))],
      { height: 170, label: 'Population stability index over time' });
    const histograms = chosen.distributions.map(histogram);
    charts = [over, ...histograms.map(each => each.chart)];
    element.replaceChildren(card('Inputs and drift', newest.length > 1 ? pick : `${DAYS} days`,
      newest.length > 1 || device === null ? table([
        { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) }, { label: 'Pipeline', cell: row => row.pipeline },
        { label: 'Model', cell: row => `${row.model} ${row.version}` }, { label: '', cell: row => row.drifting ? pill('drift', 'bad') : pill('well', 'good') },
        { label: 'Farthest', cell: row => worst(row)?.name ?? '' }, { label: 'PSI', cell: row => shift(worst(row)?.psi) }, { label: 'Counted', cell: row => ago(row.received) },
      ], newest.slice(0, 50)) : null,
      h('div', { class: 'body small' }, `${of(chosen)}: ${number(chosen.predictions)} predictions, `, chosen.drifting ? pill('drift', 'bad') : pill('well', 'good'), ' Bars: counted; dashes: the reference.'),
      over.element, histograms.map(each => each.element)));
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

/** A card that says how often one version of a model, or each on a device, was right; nothing where nobody has said what was. */
export function accuracy(context, { device = null, model = null, version = null }) {
  const element = h('div', {});
  const query = [['device', device], ['model', model], ['version', version]].filter(([, value]) => value !== null).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const percent = row => `${(100 * row.accuracy).toFixed(1)} %`;
  get(`/truth/accuracy?${query}&limit=1000`).then(({ items }) => {
    if (context.isHere() && items.length > 0) {
      element.replaceChildren(card('Accuracy', 'where somebody has said what was right', table([
        { label: 'Version', title: true, cell: row => `${row.model} ${row.version}` }, { label: 'Labelled', n: true, cell: row => number(row.labelled) },
        { label: 'Right', n: true, cell: row => number(row.right) }, { label: 'Accuracy', n: true, cell: percent },
      ], items), items.map(row => table([
        { label: 'Said', cell: count => count.said }, { label: 'Was', cell: count => count.truth }, { label: 'Count', n: true, cell: count => number(count.count) },
        { label: '', cell: count => count.said === count.truth ? pill('right', 'good') : pill('wrong', 'bad') },
      ], row.confusion.slice(0, 50)))));
    }
  }).catch(problem => context.isHere() && element.replaceChildren(h('section', { class: 'card' }, failure(problem))));
  return element;
}
