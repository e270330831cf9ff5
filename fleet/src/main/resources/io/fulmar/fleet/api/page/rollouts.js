// Rollouts: all of them, and one with its waves, its gates, its devices and what happened to it.
import { h, pill, card, empty, failure, loading, table, paged, number, ago, clock, keeper, confirm, span, millis, duration } from './dom.js';
import { get, post, covers, path } from './api.js';
import { listen } from './live.js';

const PAGE = 50;
const POLL_MILLIS = 2000;

const kinds = { running: 'info', paused: 'warn', 'awaiting-approval': 'warn', halted: 'bad', 'rolling-back': 'warn', done: 'good' };
const live = ['running', 'paused', 'awaiting-approval', 'halted', 'rolling-back'];
const memberKinds = { assigned: 'info', active: 'good', failed: 'bad', 'timed-out': 'bad' };
const memberStates = ['active', 'assigned', 'pending', 'returned', 'skipped', 'timed-out', 'failed'];
const memberNames = { active: 'have it', assigned: 'told', pending: 'not told yet', returned: 'went back', skipped: 'left out', 'timed-out': 'silent', failed: 'failed' };
const words = text => text.replace(/-/g, ' ');

export const rolloutPill = state => pill(words(state), kinds[state] ?? '', state === 'running' || state === 'halted');
export const memberPill = state => pill(words(state), memberKinds[state] ?? '');
export const rolloutLink = row => h('a', { href: `#/rollouts/${encodeURIComponent(row.id)}` }, row.name);
export const what = row => row.release ? `${row.release.model} ${row.release.version} (${row.release.number})` : row.subject;

const many = (count, one) => `${number(count)} ${one}${count === 1 ? '' : 's'}`;

const total = devices => Object.values(devices).reduce((sum, count) => sum + count, 0);

/** Devices by state as one bar; those that failed stand at its right end. */
function stack(devices, label, marks = []) {
  const all = total(devices);
  const bar = h('div', { class: 'stack', role: 'img', 'aria-label': `${label}: ${all === 0 ? 'no devices'
    : memberStates.filter(state => devices[state] > 0).map(state => `${number(devices[state])} ${memberNames[state]}`).join(', ')}` });
  memberStates.filter(state => devices[state] > 0).forEach(state => {
    const part = h('i', { class: `of-${state}` });
    part.style.flexGrow = devices[state];
    bar.append(part);
  });
  marks.forEach(({ at, kind, title }) => {
    const mark = h('span', { class: `mark ${kind}`, title });
    mark.style.left = `${Math.max(0, Math.min(100, at))}%`;
    bar.append(mark);
  });
  return bar;
}

function legend(devices, marks = []) {
  const there = memberStates.filter(state => devices[state] > 0);
  return h('div', { class: 'legend', 'aria-hidden': 'true' }, there.map(state => h('span', {}, h('i', { class: `of-${state}` }), `${number(devices[state])} ${memberNames[state]}`)),
    marks.map(({ kind, title }) => h('span', {}, h('i', { class: `mark ${kind}` }), title)));
}

/** How far a rollout is, in short. */
export function progress(row) {
  const all = total(row.devices);
  return h('div', { class: 'progress' }, stack(row.devices, `Progress of ${row.name}`),
    h('span', { class: 'dim small' }, `${number(row.devices.active)} of ${number(all)}`, row.devices.failed + row.devices['timed-out'] > 0
      ? h('b', { class: 'badtext' }, `, ${number(row.devices.failed + row.devices['timed-out'])} failed`) : null));
}

const columns = [
  { label: 'Rollout', title: true, cell: row => [rolloutLink(row), ' ', h('span', { class: 'dim small' }, row.id)] },
  { label: 'Of', cell: row => row.release ? h('a', { href: `#/models/${encodeURIComponent(row.release.model)}/${row.release.number}` }, what(row)) : row.subject },
  { label: 'State', cell: row => h('div', {}, rolloutPill(row.state), row.state === 'halted' && row.reason ? h('div', { class: 'small badtext' }, row.reason) : null) },
  { label: 'Wave', keep: true, cell: row => `${row.wave} of ${row.waves}` },
  { label: 'Devices', cell: row => progress(row) },
  { label: 'Made', keep: true, cell: row => ago(row.created) },
  { label: 'By', cell: row => row.createdBy },
];

const commandLine = 'fulmar fleet rollout create --release MODEL:VERSION --where "board = raspberry-pi-5"';

export async function rollouts(context) {
  const may = covers(context.who.role, 'operator');
  const list = h('div', { class: 'card' }, loading());
  let wanted = '';
  let asked = 0;
  const segments = h('div', { class: 'segments', role: 'group', 'aria-label': 'Which rollouts' }, [['', 'All'], ['true', 'Not ended']]
    .map(([value, text]) => h('button', { type: 'button', 'aria-pressed': String(value === wanted), onclick: event => {
      wanted = value;
      segments.querySelectorAll('button').forEach(button => button.setAttribute('aria-pressed', String(button === event.currentTarget)));
      load();
    } }, text)));
  const query = after => get(`/rollouts?limit=${PAGE}${wanted ? '&live=true' : ''}${after ? `&after=${after}` : ''}`);
  const show = keeper(list, page => {
    if (page.items.length === 0) {
      return wanted ? empty('No rollout is on its way', 'All of them have ended.') : empty('Nothing was rolled out yet', h('span', {},
        'A rollout brings a release or a configuration to many devices in waves, and stops by itself when it goes badly. ',
        may ? h('a', { href: '#/rollouts/new' }, 'Make one here') : 'An operator makes one', ', or on the command line: ', h('code', {}, commandLine)));
    }
    return paged(columns, page, query, 'rollouts');
  });
  async function load() {
    const turn = ++asked;
    try {
      const page = await query();
      if (turn === asked && context.isHere() && list.querySelectorAll('tbody tr').length <= PAGE) {
        show(page);
      }
    } catch (problem) {
      if (list.querySelector('table') === null) {
        list.replaceChildren(failure(problem, load));
      }
    }
  }
  context.put('Rollouts', { sub: 'Releases and configurations on their way to many devices, wave by wave.',
    tools: [segments, may ? h('a', { class: 'button primary', href: '#/rollouts/new' }, 'New rollout') : null] }, list);
  await load();
  context.onLeave(listen(null, { sample: load }));
}

// --- one

const gateNames = {
  p95Millis: 'p95 latency, ms', p95Ratio: 'p95 against the release before', crashes: 'Devices on which it crashed',
  agreement: 'Says the same as the active release', labelShift: 'Shift of its labels (PSI)', confidenceShift: 'Shift of its confidence (PSI)',
  minimumPredictions: 'Predictions to judge by',
};
const results = { passed: ['passed', 'good'], missed: ['failed', 'bad'], waiting: ['not enough data', 'warn'], shown: ['judged per device', 'info'] };
const round = value => value === null ? '–' : Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 4 });

function gateMeter(gate) {
  const limit = gate.most ?? gate.least;
  const share = gate.value === null ? 0 : limit === 0 ? (gate.value > 0 ? 100 : 0) : Math.min(100, 70 * gate.value / limit);
  const fill = h('i', { class: gate.result });
  fill.style.width = `${share}%`;
  return h('div', { class: 'gate', role: 'img', 'aria-label': `${round(gate.value)}, the ${gate.most === undefined ? 'least' : 'most'} is ${round(limit)}` }, fill, h('span', {}));
}

function gates(wave) {
  const samples = wave.gates.find(gate => gate.name === 'minimumPredictions')?.value ?? null;
  return table([
    { label: 'Gate', title: true, cell: gate => gateNames[gate.name] ?? gate.name },
    { label: 'Shows', n: true, cell: gate => round(gate.value) },
    { label: 'Limit', n: true, cell: gate => `${gate.most === undefined ? '≥' : '≤'} ${round(gate.most ?? gate.least)}` },
    { label: '', cell: gateMeter },
    { label: 'From', keep: true, cell: gate => gate.name === 'crashes' ? many(wave.total, 'device') : gate.name === 'minimumPredictions' || samples === null ? '' : many(samples, 'prediction') },
    { label: 'Result', keep: true, cell: gate => pill(...results[gate.result]) },
  ], wave.gates, 'gates');
}

/** How a wave stands, in a word: [text, kind]. */
function phase(rollout, wave) {
  if (!wave.open) {
    return live.includes(rollout.state) ? ['not open yet', ''] : ['never opened', ''];
  }
  if (rollout.state.startsWith('roll')) {
    return [words(rollout.state), kinds[rollout.state] ?? ''];
  }
  if (wave.wave < rollout.wave || rollout.state === 'done') {
    return ['done', 'good'];
  }
  return { running: rollout.goodSince ? ['good', 'good'] : ['open', 'info'], 'awaiting-approval': ['good', 'good'] }[rollout.state] ?? [words(rollout.state), kinds[rollout.state] ?? ''];
}

function limits(plan, index) {
  const errors = plan.errors ? [plan.errors.count && many(plan.errors.count, 'failure'), plan.errors.percent && `${plan.errors.percent} of 100 failures (once ${many(plan.errors.minimum, 'device')} ended)`].filter(Boolean).join(' or ') : null;
  return [`good when ${plan.success} of 100 have it`, errors && `halts at ${errors}`, plan.soak !== '0s' && `must stay good for ${duration(plan.soak)}`,
    `silence is failure after ${duration(plan.deadline)}`, plan.approval && index !== null && 'then a person has to approve'].filter(Boolean).join(' · ');
}

function marks(plan, wave) {
  const list = [{ at: plan.success, kind: 'good', title: 'good from here on' }];
  const stops = [plan.errors?.count && 100 * plan.errors.count / Math.max(1, wave.total), plan.errors?.percent].filter(Boolean);
  if (stops.length > 0) {
    list.push({ at: 100 - Math.min(...stops), kind: 'stop', title: 'halts when failures reach here' });
  }
  return list;
}

/** What the open wave waits for. Times count down by themselves. */
function waits(rollout, plan, wave) {
  const now = Date.parse(rollout.now);
  const left = until => h('span', { class: 'countdown', 'data-left': until - now, 'data-read': performance.now() }, span(until - now));
  const last = rollout.wave === rollout.waves;
  const open = wave.total === 0 ? [] : wave.gates.filter(gate => gate.result === 'waiting').map(gate => gateNames[gate.name] ?? gate.name);
  const toGates = open.length ? `, and for enough data to judge: ${open.join('; ')}` : '';
  switch (rollout.state) {
    case 'running': {
      if (rollout.goodSince) {
        const until = Date.parse(rollout.goodSince) + millis(plan.soak);
        const then = last ? 'ends' : plan.approval ? 'waits for approval' : `opens wave ${rollout.wave + 1}`;
        return until > now ? ['Good. It soaks for ', left(until), `, then it ${then}${toGates}.`] : [open.length ? `Good. It waits for enough data to judge: ${open.join('; ')}.` : last ? 'Good. It waits for devices that are away.' : `Good: it ${then}.`];
      }
      const until = Date.parse(rollout.waveOpened) + millis(plan.deadline);
      return until > now ? ['Waits for its devices; who is away then is not waited for: ', left(until), ' to the deadline.'] : ['The deadline has passed: it goes on without those that are away.'];
    }
    case 'awaiting-approval': return ['Good. A person has to approve before the next wave opens.'];
    case 'paused': return ['Paused: nobody further is told. Failures still halt it.'];
    case 'halted': return ['Nobody further is told until a person acts.'];
    case 'rolling-back': return ['Every device that was told is told to have again what it had before.'];
    default: return null;
  }
}

function picture(rollout) {
  return card('Waves', `${rollout.wave} of ${rollout.waves} open`, h('ol', { class: 'waves' }, rollout.waveDetails.map((wave, i) => {
    const plan = rollout.plan.waves[i];
    const isCurrent = wave.wave === rollout.wave && live.includes(rollout.state);
    const waiting = isCurrent ? waits(rollout, plan, wave) : null;
    return h('li', { class: isCurrent ? 'current' : wave.open ? '' : 'closed', 'aria-current': isCurrent ? 'step' : null },
      h('div', { class: 'wavehead' }, h('b', {}, `Wave ${wave.wave}`), pill(...phase(rollout, wave)),
        h('span', { class: 'dim small' }, `${many(wave.total, 'device')} (up to ${plan.devices ? number(plan.devices) : `${plan.percent} %`})`)),
      stack(wave.devices, `Wave ${wave.wave}`, wave.total > 0 ? marks(plan, wave) : []),
      legend(wave.devices, wave.total > 0 ? marks(plan, wave) : []),
      waiting ? h('div', { class: 'waits' }, waiting) : null,
      h('div', { class: 'dim small' }, limits(plan, i < rollout.waves - 1 ? i : null)),
      wave.gates.length > 0 && wave.total > 0 ? gates(wave) : null);
  })));
}

function about(rollout) {
  const plan = rollout.plan;
  const facts = [
    ['Brings', rollout.release ? h('a', { href: `#/models/${encodeURIComponent(rollout.release.model)}/${rollout.release.number}` }, what(rollout)) : 'a configuration'],
    ['To devices with', h('code', {}, plan.target)],
    ['Later devices', plan.follow ? 'join the last wave' : 'have no part'],
    ['Tells devices', plan.window ? `${plan.window.from} to ${plan.window.to} ${plan.window.zone}, ${plan.window.days.length === 7 ? 'every day' : plan.window.days.join(' ')}` : 'at any time'],
    ...plan.shadow ? [['Runs beside first', duration(plan.shadow)]] : [],
    ['May be away', `${plan.offline} of 100 of a wave`],
    ['Waits for those', `for ${duration(plan.lifetime)}`],
    ['Made', [ago(rollout.created), ` by ${rollout.createdBy}`]],
    ['Told after a halt', number(rollout.toldAfterHalt)],
  ];
  return card('Plan', h('span', { class: 'mono' }, rollout.id), h('div', { class: 'body' }, h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    plan.config ? h('pre', { class: 'gap' }, plan.config.toml) : null));
}

function history(events) {
  const steps = events.map((event, i) => {
    const before = events[i + 1];
    const changed = before === undefined || before.state !== event.state;
    const done = [event.wave > (before?.wave ?? 0) && `wave ${event.wave} opened`, event.told > 0 && `${number(event.told)} told`, event.takenBack > 0 && `${number(event.takenBack)} told to go back`].filter(Boolean).join(', ');
    return { event, changed, done, answers: 0 };
  });
  // devices that answer one after the other are one line
  const shown = steps.filter((step, i) => {
    const quiet = !step.changed && step.done === '';
    const newer = steps[i - 1];
    step.answers = quiet ? 1 : 0;
    if (quiet && newer?.answers > 0) {
      newer.first.answers++;
      step.first = newer.first;
      return false;
    }
    step.first = step;
    return true;
  });
  return card('History', 'newest first', h('ol', { class: 'list' }, shown.map(({ event, changed, done, answers }) => h('li', {}, h('div', { class: 'pills' }, changed ? rolloutPill(event.state) : null,
    h('span', { class: 'small' }, done || (changed ? '' : answers > 1 ? `devices answered, ${number(answers)} times` : 'devices answered')),
    h('span', { class: 'dim small' }, clock(event.at), event.who === 'fleet' ? ' by itself' : ` by ${event.who}`)),
  changed && event.reason ? h('div', { class: 'small' }, event.reason) : null))));
}

/** What somebody may ask of a rollout in that state: [name, text, primary?]. */
function possible(state) {
  return [
    ['approve', 'Approve', ['awaiting-approval']], ['resume', 'Resume', ['paused', 'halted']], ['pause', 'Pause', ['running', 'awaiting-approval']],
    ['rollback', 'Roll back', ['running', 'paused', 'awaiting-approval', 'halted', 'aborted', 'done']],
    ['abort', 'Abort', ['running', 'paused', 'awaiting-approval', 'halted', 'rolling-back']],
  ].filter(([, , states]) => states.includes(state));
}

const questions = {
  approve: row => ({ title: `Open wave ${row.wave + 1} of ‘${row.name}’?`, text: 'Its devices are told at once, as far as they are on line.', action: 'Approve' }),
  pause: row => ({ title: `Pause ‘${row.name}’?`, text: 'Nobody further is told. Devices that were told go on with it, and failures still halt it.', action: 'Pause' }),
  resume: row => ({ title: `Go on with ‘${row.name}’?`, text: row.state === 'halted' ? `It halted: ${row.reason}` : 'Devices of the open waves are told again.', action: 'Resume' }),
  abort: row => ({ title: `Abort ‘${row.name}’?`, text: 'It ends for good. Devices that were told keep what they have.', action: 'Abort', danger: true }),
  rollback: row => ({ title: `Roll back ‘${row.name}’?`, text: `${number(row.devices.assigned + row.devices.active + row.devices.failed + row.devices['timed-out'])} devices are told to have again what they had before it.`, action: 'Roll back', danger: true }),
};

function ask(row, name, then) {
  let content = null;
  let body = () => ({});
  if (name === 'resume' && row.state === 'halted') {
    const choice = (value, text, checked) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'failed', value, checked }), h('span', {}, text));
    content = h('fieldset', {}, h('legend', {}, 'Devices that failed'), choice('again', 'are told again', true), choice('accept', 'are left out, and the waves so far are judged no more', false));
    body = () => content.querySelector('[value=accept]').checked ? { accept: true } : {};
  }
  return confirm({ ...questions[name](row), content, act: () => post(`${path`/rollouts/${row.id}`}/${name}`, body()) }).then(changed => changed && then(changed));
}

function members(context, id, waves) {
  const list = h('div', {}, loading());
  const select = (name, label, options) => h('label', {}, label, h('select', { name, onchange: () => load() }, options.map(([value, text]) => h('option', { value }, text))));
  const wave = select('wave', 'Wave', [['', 'all'], ...Array.from({ length: waves }, (_, i) => [String(i + 1), String(i + 1)])]);
  const state = select('state', 'State', [['', 'all'], ...memberStates.map(it => [it, memberNames[it]])]);
  const shape = [
    { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) },
    { label: 'Wave', n: true, cell: row => String(row.wave) },
    { label: 'State', cell: row => h('div', { class: 'pills' }, memberPill(row.state), row.shadow ? pill('beside the active one', 'info') : null) },
    { label: 'Since', keep: true, cell: row => ago(row.since) },
    { label: 'Why', cell: row => row.reason },
  ];
  const query = after => {
    const parameters = new URLSearchParams({ limit: PAGE });
    [['wave', wave], ['state', state]].forEach(([name, label]) => label.querySelector('select').value && parameters.set(name, label.querySelector('select').value));
    if (after) {
      parameters.set('after', after);
    }
    return get(`${path`/rollouts/${id}/devices`}?${parameters}`);
  };
  const show = keeper(list, page => {
    if (page.items.length === 0) {
      return empty('No device is like that', '');
    }
    return paged(shape, page, query);
  });
  let turn = 0;
  async function load() {
    const mine = ++turn;
    try {
      const page = await query();
      if (mine === turn && context.isHere()) {
        show(page);
      }
    } catch (problem) {
      list.replaceChildren(failure(problem, load));
    }
  }
  return { element: card('Devices', h('div', { class: 'form' }, wave, state), list), load };
}

export async function rollout(context) {
  const id = context.parameters.rollout;
  let data = await get(path`/rollouts/${id}`);
  const may = covers(context.who.role, 'operator');
  const badge = h('span', { role: 'status' });
  const tools = h('div', { class: 'actions', role: 'group', 'aria-label': 'What to do with this rollout' });
  const top = h('div', {});
  const waves = h('div', {});
  const side = h('div', {});
  const past = h('div', {});
  const devices = members(context, id, data.waves);
  const places = [
    [keeper(badge, rolloutPill), row => row.state],
    [keeper(tools, state => may ? possible(state).map(([name, text]) => h('button', { type: 'button', 'data-key': name, class: name === 'abort' || name === 'rollback' ? 'danger' : name === 'pause' ? null : 'primary',
      onclick: () => ask(data, name, show) }, text))
      : possible(state).length ? h('span', { class: 'dim small' }, `Pausing, approving and going back need the role operator, and yours is ${context.who.role}.`) : null), row => row.state],
    [keeper(top, ({ state, reason }) => state === 'halted' ? h('div', { class: 'note bad', role: 'alert' }, h('b', {}, 'Halted.'), ` ${reason}. `, h('span', { class: 'dim' }, 'Nobody further is told until somebody resumes, aborts or rolls back.'))
      : state === 'awaiting-approval' ? h('div', { class: 'note warn', role: 'status' }, h('b', {}, 'Waits for approval.'), ` Wave ${data.wave} is good, and a person has to agree to the next one.`)
      : reason ? h('div', { class: 'note' }, h('b', {}, `${words(state)[0].toUpperCase()}${words(state).slice(1)}`), ` ${reason}`) : null), row => ({ state: row.state, reason: row.reason })],
    [keeper(waves, () => picture(data)), ({ now, events, ...rest }) => ({ ...rest, waiting: waits(data, data.plan.waves[Math.max(0, data.wave - 1)], data.waveDetails[Math.max(0, data.wave - 1)])?.filter(it => !(it instanceof Node)) })],
    [keeper(side, () => about(data)), ({ plan, toldAfterHalt }) => ({ plan, toldAfterHalt })],
    [keeper(past, history), row => row.events],
  ];
  let counts = '';
  function show(next) {
    data = next;
    if (!context.isHere()) {
      return;
    }
    places.forEach(([put, part]) => put(part(data)));
    const now = JSON.stringify(data.waveDetails.map(wave => wave.devices));
    if (now !== counts) {
      counts = now;
      devices.load();
    }
  }
  context.put(data.name, { crumb: h('span', { class: 'crumb' }, h('a', { href: '#/rollouts' }, 'Rollouts')), beside: badge, tools }, top,
    h('div', { class: 'grid' }, h('div', { class: 'twothirds grid' }, waves, devices.element), h('div', { class: 'third grid' }, side, past)));
  show(data);
  let asking = false;
  const look = async () => {
    if (asking) {
      return;
    }
    asking = true;
    try {
      show(await get(path`/rollouts/${id}`));
    } catch {
      // the light at the top says that nothing comes; what is shown stays
    }
    asking = false;
  };
  const polling = setInterval(() => live.includes(data.state) && look(), POLL_MILLIS);
  const ticking = setInterval(() => document.querySelectorAll('.countdown').forEach(place => {
    place.textContent = span(place.dataset.left - (performance.now() - place.dataset.read));
  }), 1000);
  context.onLeave(() => {
    clearInterval(polling);
    clearInterval(ticking);
  });
  context.onLeave(listen(null, { sample: look }));
}

// --- where other views speak of them

/** Rollouts that have not ended, for the overview. */
export function liveRollouts(items) {
  if (items.length === 0) {
    return [];
  }
  const halted = items.filter(row => row.state === 'halted');
  return [
    ...halted.map(row => h('div', { class: 'note bad', role: 'alert' }, h('b', {}, 'Rollout halted: '), rolloutLink(row), `. ${row.reason ?? ''}`)),
    card('Rollouts on their way', h('a', { class: 'small', href: '#/rollouts' }, 'all'), table(columns.filter(it => it.label !== 'By'), items, 'rollouts')), h('p', {}),
  ];
}

/** The rollouts of one release. */
export function releaseRollouts(items) {
  return items.length === 0 ? null : card('Rollouts', 'newest first', table(columns.filter(it => it.label !== 'Of'), items, 'rollouts'));
}

/** The rollouts of one device. */
export function deviceRollouts(items) {
  return card('Rollouts', 'newest first', items.length === 0 ? empty('No rollout has had it', '') : table([
    { label: 'Rollout', title: true, cell: rolloutLink },
    { label: 'Of', cell: row => row.subject },
    { label: 'It is', cell: row => rolloutPill(row.state) },
    { label: 'Here', cell: row => h('div', {}, memberPill(row.device.state), row.device.reason ? h('div', { class: 'small' }, row.device.reason) : null) },
    { label: 'Since', keep: true, cell: row => ago(row.device.since) },
  ], items));
}
