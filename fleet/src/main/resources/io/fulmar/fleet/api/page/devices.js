// The devices: all of them, and one with all that is known of it.
import { h, svg, pill, card, empty, loading, failure, table, paged, number, bytes, ago, clock, keeper } from './dom.js';
import { get, post, patch, covers, path } from './api.js';
import { timeChart } from './chart.js';
import { listen } from './live.js';
import { predictionColumns } from './overview.js';
import { SHOWN, palette, questions } from './questions.js';
import { accuracy, statistics } from './statistics.js';
import { deviceRollouts } from './rollouts.js';
import { progressColumns } from './models.js';

const PAGE = 100;
const RECORDS = 25;
const CHARTED = 400;
const POLL_MILLIS = 1000;
const POLLS = 60;
const commandTypes = ['ping', 'status', 'model.list', 'config.get', 'logs', 'diagnostics', 'infer', 'pipeline.pause', 'pipeline.resume',
  'model.activate', 'model.rollback', 'capture', 'explain', 'samples.list', 'samples.send', 'actuate', 'restart'];

const state = device => device.online ? pill('online', 'good', true) : device.lastSeen === null ? pill('never seen', 'info', true) : pill('offline', '', true);
const heard = time => time === null ? 'never' : ago(time);

export async function devices(context) {
  const search = h('input', { type: 'search', placeholder: 'Find a device', 'aria-label': 'Find a device' });
  const list = h('div', { class: 'card' }, loading());
  let wanted = '';
  let asked = 0;
  const segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'Which devices' }, [['', 'All'], ['online', 'Online'], ['offline', 'Offline'], ['never-seen', 'Never seen'], ['wrong', 'Alarms']]
    .map(([value, text]) => h('button', { type: 'button', 'aria-pressed': String(value === ''), 'data-value': value, onclick: event => {
      wanted = value;
      segments.querySelectorAll('button').forEach(button => button.setAttribute('aria-pressed', String(button === event.currentTarget)));
      load();
    } }, text)));
  const columns = [
    { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) },
    { label: 'State', keep: true, cell: row => state(row) },
    { label: 'Alarms', cell: row => row.conditions.length === 0 ? '' : h('div', { class: 'pills' }, row.conditions.map(it => pill(it.name, 'warn'))) },
    { label: 'Models', cell: row => (row.status?.models ?? []).map(it => `${it.name} ${it.version ?? ''}`.trim()).join(', ') },
    { label: 'Agent', cell: row => row.agentVersion },
    { label: 'Last heard', keep: true, cell: row => heard(row.lastSeen) },
  ];
  const query = after => {
    const parameters = new URLSearchParams({ limit: PAGE });
    if (search.value.trim()) {
      parameters.set('q', search.value.trim());
    }
    if (wanted) {
      parameters.set('state', wanted);
    }
    if (after) {
      parameters.set('after', after);
    }
    return get(`/devices?${parameters}`);
  };
  async function load() {
    const turn = ++asked;
    try {
      const page = await query();
      if (turn === asked && context.isHere()) {
        show(page);
      }
    } catch (problem) {
      if (turn === asked && context.isHere()) {
        list.replaceChildren(failure(problem, load));
      }
    }
  }
  function show(page) {
    if (page.items.length === 0) {
      list.replaceChildren(wanted || search.value
        ? empty('No device is like that', 'Look for another part of a name, or at all of them.')
        : empty('No device has been heard of yet', h('span', {}, 'Start one with ', h('code', {}, 'fulmar agent --config device-config/examples/simulated.toml'))));
      return;
    }
    list.replaceChildren(...paged(columns, page, query));
  }
  let typing = null;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(load, 200);
  });
  context.put('Devices', { tools: [search, segments] }, list);
  await load();
  const again = setInterval(() => list.querySelectorAll('tbody tr').length <= PAGE && !list.contains(document.activeElement) && load(), 5000);
  context.onLeave(() => clearInterval(again));
}

function modelsCard({ models: rows, status }) {
  if (rows.length === 0) {
    const own = status?.models ?? [];
    return card('Models', null, own.length === 0 ? empty('No models', 'The device has not said yet what it runs.') : table([
      { label: 'Model', title: true, cell: row => row.name }, { label: 'Version', cell: row => row.version },
      { label: 'From', cell: () => 'a file of its own' }, { label: 'SHA-256', mono: true, cell: row => `${row.sha256.slice(0, 16)}…` },
    ], own));
  }
  return card('Models', null, table([
    { label: 'Model', title: true, cell: row => h('a', { href: `#/models/${encodeURIComponent(row.model)}/${row.release}` }, row.model) },
    { label: 'Version', cell: row => `${row.version} (${row.release})` },
    ...progressColumns,
  ], rows));
}

function conditionsNote(list) {
  return list.length === 0 ? null : h('div', { class: 'note bad' }, h('ul', { class: 'list' }, list.map(it => h('li', {}, pill(it.name, 'bad'), ' ', it.reason, ' ',
    h('span', { class: 'dim' }, it.hint, ' ', ago(it.since))))));
}

function streamsCard(rows) {
  return card('Streams', 'recorded = stored + given up', rows.length === 0 ? empty('Nothing has been received', '') : table([
    { label: 'Stream', title: true, cell: row => row.stream },
    { label: 'Stored', n: true, cell: row => number(row.rows) },
    { label: 'Given up', n: true, cell: row => number(row.gapRows) },
    { label: 'Came twice', n: true, cell: row => number(row.duplicates) },
    { label: 'Conflicts', n: true, cell: row => number(row.conflicts) },
    { label: 'Last', keep: true, cell: row => ago(row.lastReceived) },
  ], rows));
}

function desiredCard(desired) {
  const kinds = { 'in sync': 'good', pending: 'warn', trial: 'warn', reverted: 'bad', refused: 'bad' };
  return card('Configuration', pill(desired.state, kinds[desired.state] ?? ''), h('div', { class: 'body' },
    desired.reason ? h('p', { class: 'note bad' }, desired.reason) : null,
    desired.toml ? h('pre', {}, desired.toml) : h('p', { class: 'dim' }, 'Nothing is set from here: the device runs its own file.')));
}

function factsCard(device) {
  const status = device.status ?? {};
  const store = status.store ?? {};
  const facts = [
    ['Agent', device.agentVersion ?? '–'],
    ['Groups', device.groups.length ? h('div', { class: 'pills' }, device.groups.map(name => pill(name))) : '–'],
    ['Last heard', heard(device.lastSeen)],
    ['First heard', device.firstSeen === null ? 'never' : clock(device.firstSeen)],
    ['Enrolled', device.enrolled === null ? 'no' : clock(device.enrolled)],
    ['Health', status.health ?? '–'],
    ['Store', store.bytes !== undefined ? `${bytes(store.bytes)} of ${bytes(store.quotaBytes)}` : '–'],
    ['Unreadable messages', number(device.refused)],
  ];
  return card('About', null, h('div', { class: 'body' }, h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))));
}

const outcomes = { done: 'good', failed: 'bad', refused: 'bad', unknown: 'warn', waiting: 'warn' };

/** Why a model said what it said: where it looked, or the share of each part; null where the answer is about something else. */
function explanation({ png, parts, label, score, ...told }) {
  if (typeof png === 'string' && /^[A-Za-z0-9+/=]*$/.test(png)) {
    const what = `${label ?? `class ${told.class}`} ${Number(score).toFixed(3)}: red speaks for it, blue against it`;
    return h('figure', {}, h('img', { class: 'heat', src: `data:image/png;base64,${png}`, alt: what }), h('figcaption', { class: 'small' }, what));
  }
  if (!Array.isArray(parts) || !parts.every(it => Number.isFinite(it?.share))) {
    return null;
  }
  const most = Math.max(1e-30, ...parts.map(it => Math.abs(it.share)));
  return h('figure', {}, svg('svg', { class: 'shares', viewBox: `0 0 200 ${parts.length * 10}`, role: 'img', 'aria-label': 'Shares of the parts of the input' }, ...parts.map((it, i) =>
    svg('rect', { class: it.share < 0 ? 'against' : 'for', x: 100 + Math.min(0, it.share / most * 95), y: i * 10 + 1, width: Math.abs(it.share / most * 95), height: 8 }, svg('title', {}, `${it.from}–${it.to - 1}: ${it.share.toFixed(4)}`)))),
  h('figcaption', { class: 'small' }, `${label ?? `class ${told.class}`} ${Number(score).toFixed(3)}: parts of the input to the right speak for it`));
}

/** The samples that a device has listed, each to be explained; null where the answer is about something else. */
function listed({ samples }, explain) {
  return !Array.isArray(samples) || samples.length === 0 || !samples.every(it => typeof it?.id === 'string') ? null : h('ul', { class: 'list small' }, samples.map(it => h('li', {}, h('div', { class: 'pills' },
    h('span', { class: 'mono' }, it.id), [it.rule, it.pipeline, it.label].filter(text => typeof text === 'string').map(text => pill(text)),
    h('button', { type: 'button', 'data-key': `explain ${it.id}`, onclick: () => explain(it.id) }, 'Explain')))));
}

function commandsCard(context, id) {
  const mayAsk = covers(context.who.role, 'operator');
  const list = h('div', {}, loading());
  const problem = h('div', {});
  const explain = sample => {
    kind.value = 'explain';
    args.value = JSON.stringify({ sample });
    form.requestSubmit();
  };
  const load = async () => {
    const { items } = await get(`${path`/commands?device=${id}`}&limit=10`);
    if (context.isHere()) {
      list.replaceChildren(items.length === 0 ? empty('No command was sent', '') : h('ul', { class: 'list' }, items.map(command => {
        const answer = command.answers.find(it => it.device === id);
        return h('li', {}, h('div', { class: 'pills' }, h('b', {}, command.type), pill(command.state, outcomes[command.state] ?? ''),
          command.group ? pill(`group ${command.group}`) : null, h('span', { class: 'dim small' }, ago(command.received))),
        answer?.reason ? h('div', { class: 'small' }, answer.reason) : null,
        command.type === 'explain' && answer?.result ? explanation(answer.result) : null,
        command.type === 'samples.list' && answer?.result && mayAsk ? listed(answer.result, explain) : null,
        answer?.result ? h('details', {}, h('summary', {}, 'Answer'), h('pre', {}, JSON.stringify(answer.result, null, 2))) : null);
      })));
    }
    return items;
  };
  const kind = h('select', { name: 'type', 'aria-label': 'What to do' }, commandTypes.map(type => h('option', {}, type)));
  const args = h('input', { name: 'args', placeholder: '{ } arguments as JSON', 'aria-label': 'Arguments as JSON', class: 'mono' });
  const button = h('button', { class: 'primary', type: 'submit' }, 'Send');
  const form = h('form', { class: 'form body', onsubmit: async event => {
    event.preventDefault();
    problem.replaceChildren();
    button.disabled = true;
    try {
      const sent = await post('/commands', { device: id, type: kind.value, ...(args.value.trim() ? { args: JSON.parse(args.value) } : {}) });
      for (let i = 0; i < POLLS && context.isHere(); i++) {
        const found = (await load()).find(command => command.id === sent.id);
        if (found && found.state !== 'waiting') {
          break;
        }
        await new Promise(done => setTimeout(done, POLL_MILLIS));
      }
    } catch (failed) {
      problem.replaceChildren(failure(failed instanceof SyntaxError ? { message: 'The arguments are no JSON object.' } : failed));
    }
    button.disabled = false;
  } }, h('label', {}, 'Command', kind), h('label', { class: 'grow' }, 'Arguments', args), button);
  load().catch(failed => list.replaceChildren(failure(failed, load)));
  return card('Commands', null, mayAsk ? [form, problem] : null, list);
}

/** What people call the device, to choose by it; an operator changes that here. */
function labelsCard(context, id) {
  const may = covers(context.who.role, 'operator');
  const list = h('div', { class: 'body' }, loading());
  const problem = h('div', { 'aria-live': 'polite' });
  const change = async labels => {
    problem.replaceChildren();
    try {
      show(await patch(path`/devices/${id}/labels`, { labels }));
      return true;
    } catch (failed) {
      problem.replaceChildren(failure(failed));
      return false;
    }
  };
  const show = keeper(list, ({ labels }) => Object.keys(labels).length === 0
    ? h('span', { class: 'dim' }, 'None. Rollouts choose devices by their labels.')
    : h('div', { class: 'pills' }, Object.entries(labels).map(([name, value]) => h('span', { class: 'pill label' }, `${name} = ${value}`,
      may ? h('button', { type: 'button', class: 'plain', 'data-key': `label ${name}`, 'aria-label': `Take the label ${name} away`, onclick: () => change({ [name]: null }) }, '✕') : null))));
  const name = h('input', { name: 'label', placeholder: 'site', 'aria-label': 'Name of the label', maxlength: 63, required: true, size: 8 });
  const value = h('input', { name: 'value', placeholder: 'kiel', 'aria-label': 'Value of the label', maxlength: 128, required: true, size: 8 });
  const form = h('form', { class: 'form body', onsubmit: async event => {
    event.preventDefault();
    if (await change({ [name.value.trim()]: value.value.trim() })) {
      name.value = '';
      value.value = '';
      name.focus();
    }
  } }, h('label', { class: 'grow' }, 'Label', name), h('label', { class: 'grow' }, 'Value', value), h('button', { type: 'submit' }, 'Set'));
  const load = () => get(path`/devices/${id}/labels`).then(show, failed => list.replaceChildren(failure(failed, load)));
  load();
  return card('Labels', null, list, may ? [form, problem] : null);
}

const eventKinds = { connected: 'good', gone: '', revoked: 'bad', 'config applied': 'good', 'config refused': 'bad', 'config reverted': 'bad' };

/** What happened to the device, and its rollouts. */
function pastCards(context, id) {
  const events = h('div', {}, loading());
  const rollouts = h('div', {});
  let most = 10;
  const showEvents = keeper(events, page => page.items.length === 0 ? empty('Nothing has happened yet', 'Connections, releases, configurations and rollouts show here.') : [
    h('ol', { class: 'list' }, page.items.map(event => h('li', {}, h('div', { class: 'pills' }, pill(event.kind, eventKinds[event.kind] ?? (/rolled back|rejected|failed/.test(event.kind) ? 'bad' : 'info')),
      h('span', { class: 'dim small' }, clock(event.at))), event.detail ? h('div', { class: 'small' }, event.detail) : null))),
    page.next === null ? null : h('div', { class: 'more' }, h('button', { type: 'button', 'data-key': 'events', onclick: () => {
      most = Math.min(1000, most * 5);
      load();
    } }, 'Show more'))]);
  const showRollouts = keeper(rollouts, page => deviceRollouts(page.items));
  async function load() {
    try {
      const [past, had] = await Promise.all([get(`${path`/devices/${id}/events`}?limit=${most}`), get(`${path`/devices/${id}/rollouts`}?limit=10`)]);
      if (context.isHere()) {
        showEvents(past);
        showRollouts(had);
      }
    } catch (problem) {
      if (events.querySelector('li') === null) {
        events.replaceChildren(failure(problem, load));
      }
    }
  }
  load();
  return { history: card('History', 'newest first', events), rollouts, load };
}

/** Scores over time, a colour for each of the most frequent labels. */
function scores(records) {
  const counts = new Map();
  records.forEach(row => counts.set(row.label, (counts.get(row.label) ?? 0) + 1));
  const labels = [...counts].sort((a, b) => b[1] - a[1]).slice(0, SHOWN).map(([label]) => label).sort();
  return {
    labels,
    data: [records.map(row => Date.parse(row.received) / 1000), ...labels.map(label => records.map(row => row.label === label ? row.score : null))],
  };
}

export async function device(context) {
  const id = context.parameters.device;
  let data = await get(path`/devices/${id}`);
  let records = (await get(`${path`/predictions?device=${id}`}&limit=${CHARTED}`)).items;
  const scored = () => records.filter(row => row.score !== null).reverse();
  const colour = palette();
  const badge = h('span', {}, state(data));
  const top = h('div', {}, conditionsNote(data.conditions));
  const chartPlace = h('div', {});
  let chart = null;
  let labels = '';
  const drawScores = () => {
    const next = scores(scored());
    if (next.labels.length === 0) {
      chartPlace.replaceChildren(card('Scores', null, empty('No prediction yet', 'The scores of the newest predictions are drawn here.')));
    } else if (chart !== null && labels === next.labels.join('\n')) {
      chart.set(next.data);
    } else {
      chart?.close();
      labels = next.labels.join('\n');
      chart = timeChart(next.labels.map(label => ({ label: label ?? 'no label', colour: colour(label), points: true })), next.data,
        { range: () => [0, 1.05], height: 220, label: 'Scores of the newest predictions by label' });
      chartPlace.replaceChildren(card('Scores', 'newest predictions, by label', chart.element));
    }
  };
  const shape = predictionColumns(false);
  const predictions = h('div', {});
  const drawRecords = () => predictions.replaceChildren(card('Records', 'as they arrive', records.length === 0
    ? empty('Nothing has been received', 'What this device records shows here as it arrives.') : table(shape, records.slice(0, RECORDS))));
  drawScores();
  drawRecords();
  const facts = h('div', {}, factsCard(data));
  const modelsPlace = h('div', {});
  const showModels = keeper(modelsPlace, modelsCard);
  showModels({ models: data.models, status: { models: data.status?.models } });
  const streams = h('div', {}, streamsCard(data.streams));
  const desired = h('div', {}, desiredCard(data.desired));
  const past = pastCards(context, id);
  context.put(id, { crumb: h('span', { class: 'crumb' }, h('a', { href: '#/devices' }, 'Devices')), beside: badge }, top, h('div', { class: 'grid' },
    h('div', { class: 'twothirds grid' }, chartPlace, modelsPlace, questions(context, { device: id, colour }), statistics(context, { device: id }), accuracy(context, { device: id }), past.rollouts, predictions, streams),
    h('div', { class: 'third grid' }, facts, labelsCard(context, id), commandsCard(context, id), past.history, desired)));
  context.onLeave(() => chart?.close());
  context.onLeave(listen(id, {
    predictions: ({ items }) => {
      records = [...items.reverse(), ...records].slice(0, CHARTED);
      drawScores();
      drawRecords();
    },
    sample: async () => {
      data = await get(path`/devices/${id}`);
      if (context.isHere()) {
        badge.replaceChildren(state(data));
        top.replaceChildren(...[conditionsNote(data.conditions)].filter(Boolean));
        facts.replaceChildren(factsCard(data));
        showModels({ models: data.models, status: { models: data.status?.models } });
        streams.replaceChildren(streamsCard(data.streams));
        desired.replaceChildren(desiredCard(data.desired));
        await past.load();
      }
    },
  }));
}
