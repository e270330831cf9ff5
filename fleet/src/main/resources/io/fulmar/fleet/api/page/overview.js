// The fleet at a glance.
import { h, svg, pill, card, empty, table, line, number, compact, rate, ago, clock, keeper } from './dom.js';
import { get } from './api.js';
import { timeChart } from './chart.js';
import { liveRollouts } from './rollouts.js';
import { listen } from './live.js';

const ROWS = 12;

const sure = it => `${it.label || it.name || it.index} ${it.score.toFixed(2)}`;

/** What a model found that is no class: where it is, and what it is. */
function found(what) {
  if (what === null) {
    return '';
  }
  const { objects = [], keypoints = [], quantities = [] } = what;
  const texts = [...objects.slice(0, 5).map(sure), ...quantities.map(it => `${it.name} ${Number(it.value.toPrecision(5))} ${it.unit}`)];
  if (objects.length > 5) {
    texts.push(`${number(objects.length - 5)} more`);
  }
  if (keypoints.length > 0) {
    texts.push(`${number(keypoints.length)} points`);
  }
  return h('div', { class: 'found' }, objects.length + keypoints.length === 0 ? null : svg('svg', { viewBox: '0 0 100 75', role: 'img', 'aria-label': 'Where it is in the picture' },
    ...objects.map(({ box: [left, top, width, height], ...it }) => svg('rect', { x: left * 100, y: top * 75, width: width * 100, height: height * 75 }, svg('title', {}, sure(it)))),
    ...keypoints.map(it => svg('circle', { cx: it.x * 100, cy: it.y * 75, r: 2 }, svg('title', {}, sure(it))))),
  h('span', {}, texts.join(', ')));
}

export const predictionColumns = (withDevice = true) => [
  { label: 'Received', keep: true, cell: row => clock(row.received) },
  ...(withDevice ? [{ label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) }] : []),
  { label: 'Label', cell: row => row.label === null ? h('span', { class: 'dim' }, row.kind) : row.stream === 'alarm' ? pill(row.label, 'bad') : row.label },
  { label: 'Score', n: true, cell: row => row.score === null ? '' : row.score.toFixed(3) },
  { label: 'Found', cell: row => found(row.found) },
  { label: 'Pipeline', cell: row => row.pipeline },
  { label: 'Model', cell: row => row.model ? `${row.model} ${row.version ?? ''}` : '' },
];

function tile(name, value, note, { href, bad } = {}) {
  return h(href ? 'a' : 'div', { class: `tile${bad ? ' bad' : ''}`, href, 'data-key': name }, h('dl', {}, h('dt', {}, name), h('dd', {}, value, note ? h('small', {}, ` ${note}`) : null)));
}

function tiles(data) {
  return h('div', { class: 'tiles' },
    tile('Devices online', number(data.online), `of ${number(data.devices)}`, { href: '#/devices' }),
    tile('Records per second', rate(data.perSecond)),
    tile('Records stored', compact(data.rows)),
    tile('Waiting on devices', compact(data.backlog)),
    tile('Given up by devices', compact(data.gapRows), null, { href: '#/gaps' }),
    tile('Devices with alarms', number(data.devicesWrong), null, { href: '#/devices', bad: data.devicesWrong > 0 }));
}

function trouble(data) {
  const { ingest } = data;
  const texts = [];
  if (!ingest.connected) {
    texts.push('The service has no connection to the broker.');
  }
  if (!ingest.storing) {
    texts.push('The database does not work.');
  }
  if (data.conflicts > 0) {
    texts.push(`${number(data.conflicts)} batches contradicted what is stored; they are kept aside.`);
  }
  return texts.length === 0 ? null : h('div', { class: 'note bad', role: 'alert' }, h('b', {}, texts.join(' ')), ingest.fault ? ` ${ingest.fault}` : '');
}

function alarms(list) {
  if (list.length === 0) {
    return card('Alarms', null, empty('All is well', 'No device says that anything is wrong with it.'));
  }
  return card('Alarms', `${list.length}`, h('ul', { class: 'list' }, list.slice(0, 20).map(alarm => h('li', {},
    h('div', { class: 'pills' }, pill(alarm.name, 'warn'), alarm.name === 'not-enrolled' ? h('b', {}, alarm.device) : h('a', { href: `#/devices/${encodeURIComponent(alarm.device)}` }, alarm.device),
      h('span', { class: 'dim small' }, ago(alarm.since))),
    h('div', { class: 'small' }, alarm.reason), h('div', { class: 'dim small' }, alarm.hint)))));
}

const columns = history => [
  history.map(sample => Date.parse(sample.at) / 1000),
  history.map(sample => sample.perSecond),
];

const onlineColumns = history => [
  history.map(sample => Date.parse(sample.at) / 1000),
  history.map(sample => sample.online),
];

export async function overview(context) {
  let data = await get('/overview');
  const onTheirWay = async () => (await get('/rollouts?live=true&limit=20')).items;
  const latest = (await get(`/predictions?limit=${ROWS}`)).items;
  const rates = timeChart([{ label: 'records per second', colour: '--accent', fill: true }], columns(data.history), { label: 'Records per second' });
  const online = timeChart([{ label: 'devices online', colour: '--good', step: true, fill: true }], onlineColumns(data.history), { label: 'Devices online' });
  const top = h('div', {});
  const showTop = keeper(top, it => [trouble(it), tiles(it)]);
  showTop(data);
  const moving = h('div', {});
  const showMoving = keeper(moving, liveRollouts);
  showMoving(await onTheirWay());
  const wrong = h('div', { class: 'third' });
  const showWrong = keeper(wrong, alarms);
  showWrong(data.alarms);
  const predictions = h('div', { class: 'twothirds' });
  const shape = predictionColumns();
  const body = () => predictions.querySelector('tbody');
  const fill = rows => predictions.replaceChildren(card('Latest records', h('span', { class: 'hint' }, 'as they arrive'), rows.length === 0
    ? empty('Nothing has been received yet', h('span', {}, 'Start a device with ', h('code', {}, 'fulmar agent --config device-config/examples/simulated.toml')))
    : table(shape, rows)));
  fill(latest);
  context.put('Overview', {}, top, moving, h('div', { class: 'grid' },
    h('div', { class: 'half' }, card('Records per second', 'last minutes', rates.element)),
    h('div', { class: 'half' }, card('Devices online', 'last minutes', online.element)),
    predictions, wrong));
  context.onLeave(() => {
    rates.close();
    online.close();
  });
  let history = data.history;
  context.onLeave(listen(null, {
    sample: async sample => {
      history = [...history, sample].slice(-180);
      rates.set(columns(history));
      online.set(onlineColumns(history));
      data = await get('/overview');
      if (context.isHere()) {
        showTop(data);
        showWrong(data.alarms);
        showMoving(await onTheirWay());
      }
    },
    predictions: ({ items }) => {
      const rows = items.slice(-ROWS).reverse();
      if (body() === null) {
        fill(rows);
        return;
      }
      body().prepend(...rows.map(row => {
        const element = line(shape, row);
        element.className = 'fresh';
        return element;
      }));
      while (body().children.length > ROWS) {
        body().lastElementChild.remove();
      }
    },
  }));
}
