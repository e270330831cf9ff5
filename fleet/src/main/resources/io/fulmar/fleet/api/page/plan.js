// Making a rollout: what, for which devices, in which waves, and what it must show.
import { h, pill, card, empty, failure, table, number, confirm } from './dom.js';
import { get, post } from './api.js';

const TYPING_MILLIS = 300;
const MOST = 1000;

const field = (label, input, hint) => h('label', {}, label, input, hint ? h('span', { class: 'small' }, hint) : null);
const time = { pattern: '\\d+(ms|s|m|h|d)', title: 'as 30s, 10m, 1h, 7d' };
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The first waves that anybody would think of: one device, then 10 of 100, then all. */
const usual = [
  { kind: 'devices', size: '1', success: '100', errors: '1', soak: '10m', deadline: '1h', approval: false },
  { kind: 'percent', size: '10', success: '95', errors: '', soak: '10m', deadline: '1h', approval: false },
  { kind: 'percent', size: '100', success: '95', errors: '', soak: '0s', deadline: '1h', approval: false },
];

const gateFields = [
  ['labelShift', 'Shift of labels, at most', '0.2'], ['confidenceShift', 'Shift of confidence, at most', '0.25'], ['p95Millis', 'p95 latency in ms, at most', '50'],
  ['p95Ratio', 'p95 against before, at most', '1.5'], ['crashes', 'Crashed devices, at most', '0'], ['minimumPredictions', 'Judged from predictions', '1000'],
];

function waveRow(values, remove) {
  const select = h('select', { name: 'kind', 'aria-label': 'Up to, in' }, ['devices', 'percent'].map(kind => h('option', { selected: kind === values.kind }, kind)));
  const input = (name, label, extra = {}) => h('input', { name, value: values[name], 'aria-label': label, ...extra });
  const row = h('li', {},
    field('Up to', h('span', { class: 'pair' }, input('size', 'Up to how many', { inputmode: 'decimal', required: true, size: 4 }), select)),
    field('Good at %', input('success', 'Good when so many of 100 have it', { inputmode: 'decimal', size: 4 })),
    field('Halts at failures', input('errors', 'Halts at so many failures', { inputmode: 'numeric', size: 4, placeholder: 'no limit', title: 'Besides, it halts as soon as the wave cannot be good any more' })),
    field('Soak', input('soak', 'How long it must stay good', { size: 5, ...time })),
    field('Deadline', input('deadline', 'How long a device may be silent', { size: 5, ...time })),
    h('label', { class: 'choice' }, h('input', { type: 'checkbox', name: 'approval', checked: values.approval }), h('span', {}, 'then approve')),
    h('button', { type: 'button', class: 'plain', 'aria-label': 'Take this wave away', onclick: () => remove(row) }, '✕'),
    h('details', { class: 'fold' }, h('summary', {}, 'Share of failures'), h('div', { class: 'form' },
      field('Halts at % of failures', h('input', { name: 'errorPercent', inputmode: 'decimal', size: 6, placeholder: 'no limit', 'aria-label': 'Halts when so many of 100 have failed' })),
      field('once so many have ended', h('input', { name: 'errorMinimum', inputmode: 'numeric', size: 6, placeholder: '1', 'aria-label': 'Judged once so many devices have ended' })))));
  return row;
}

const amount = text => text.trim() === '' ? undefined : Number(text);

function readWave(row) {
  const value = name => row.querySelector(`[name=${name}]`).value.trim();
  const errors = Object.fromEntries([['count', 'errors'], ['percent', 'errorPercent'], ['minimum', 'errorMinimum']].map(([key, name]) => [key, amount(value(name))]).filter(([, of]) => of !== undefined));
  return {
    [value('kind')]: amount(value('size')),
    ...value('success') ? { success: amount(value('success')) } : {},
    ...Object.keys(errors).length ? { errors } : {},
    ...value('soak') ? { soak: value('soak') } : {}, ...value('deadline') ? { deadline: value('deadline') } : {},
    ...row.querySelector('[name=approval]').checked ? { approval: true } : {},
  };
}

/** What hardly anybody needs: its fields, and what they say as a part of a plan. */
function furtherSettings() {
  const input = (name, extra) => h('input', { name, ...extra });
  const from = input('from', { type: 'time' });
  const to = input('to', { type: 'time' });
  const zone = input('zone', { list: 'zones', size: 16, spellcheck: 'false', value: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC' });
  const days = weekdays.map(day => h('label', { class: 'choice' }, h('input', { type: 'checkbox', name: 'day', value: day, checked: true }), h('span', {}, day)));
  const shadow = input('shadow', { size: 8, placeholder: 'not at all', title: time.title });
  const agreement = input('agreement', { inputmode: 'decimal', size: 8, placeholder: 'none, or 0.98' });
  const offline = input('offline', { inputmode: 'decimal', size: 8, placeholder: '50' });
  const lifetime = input('lifetime', { size: 8, placeholder: '30d', title: time.title });
  const ofRelease = h('div', { class: 'form' }, field('Runs beside the active release first, for', shadow), field('and says the same in, of 1, at least', agreement));
  const element = h('details', { class: 'card fold' }, h('summary', {}, h('h2', {}, 'More'), h('span', { class: 'hint' }, 'maintenance window, shadow run, devices that are away')), h('div', { class: 'body' },
    h('fieldset', {}, h('legend', {}, 'Maintenance window: devices are told, and waves opened, only then; without times always'),
      h('div', { class: 'form' }, field('From', from), field('To', to), field('Time zone', zone), h('datalist', { id: 'zones' }, ['UTC', ...Intl.supportedValuesOf('timeZone')].map(name => h('option', { value: name })))),
      h('div', { class: 'form days', role: 'group', 'aria-label': 'On these days' }, days)),
    ofRelease,
    h('div', { class: 'form' }, field('Of 100 devices of a wave may be away', offline), field('Waits for those for', lifetime))));
  return {
    element,
    turn(isRelease) {
      ofRelease.hidden = !isRelease;
    },
    /** Whether the gate of the shadow run is asked for. */
    agreement: () => amount(agreement.value),
    plan(isRelease) {
      const chosen = days.map(it => it.querySelector('input')).filter(box => box.checked).map(box => box.value);
      return {
        ...from.value || to.value ? { window: { from: from.value, to: to.value, zone: zone.value.trim(), ...chosen.length < weekdays.length ? { days: chosen } : {} } } : {},
        ...isRelease && shadow.value.trim() ? { shadow: shadow.value.trim() } : {},
        ...offline.value.trim() ? { offline: amount(offline.value) } : {}, ...lifetime.value.trim() ? { lifetime: lifetime.value.trim() } : {},
      };
    },
  };
}

export async function newRollout(context) {
  const releases = (await get('/models?limit=1000')).items.filter(row => !row.yanked && !row.retired);
  const { model, release: chosen } = context.parameters;
  const label = row => `${row.model} ${row.version} (${row.release})`;
  const release = h('select', { name: 'release' }, releases.map(row => h('option', { value: `${row.model}/${row.release}`, selected: row.model === model && String(row.release) === chosen }, label(row))));
  const toml = h('textarea', { name: 'toml', rows: 6, spellcheck: 'false', placeholder: '[log]\nlevel = "debug"' });
  const name = h('input', { name: 'name', required: true, maxlength: 128 });
  const target = h('input', { name: 'target', value: 'all', required: true, class: 'mono', spellcheck: 'false', autocapitalize: 'off', 'aria-describedby': 'fits' });
  const fits = h('div', { id: 'fits', class: 'small', 'aria-live': 'polite' });
  const follow = h('input', { type: 'checkbox', name: 'follow' });
  const waves = h('ol', { class: 'waveedit' });
  const remove = row => waves.children.length > 1 && row.remove();
  const add = values => waves.append(waveRow(values, remove));
  usual.forEach(add);
  const gates = gateFields.map(([key, text, example]) => field(text, h('input', { name: key, inputmode: 'decimal', placeholder: `none, or as ${example}`, size: 14 })));
  const said = h('div', { 'aria-live': 'polite' });
  const ofRelease = h('div', { class: 'body' }, releases.length === 0 ? empty('Nothing was published yet', h('span', {}, 'Publish a signed package with ', h('code', {}, 'fulmar fleet publish FOLDER'))) : field('Release', release));
  const ofConfig = h('div', { class: 'body' }, field('Configuration, as TOML; it takes the place of what was set from here before', toml));
  const gatesCard = card('Gates', 'what it must show in each wave', h('div', { class: 'form body' }, gates));
  const further = furtherSettings();
  const isRelease = () => kinds.querySelector('[value=release]').checked;
  const named = () => {
    const row = releases.find(it => `${it.model}/${it.release}` === release.value);
    return isRelease() ? row ? `${row.model} ${row.version}` : '' : 'configuration';
  };
  let suggested = '';
  const turn = () => {
    ofRelease.hidden = !isRelease();
    ofConfig.hidden = isRelease();
    gatesCard.hidden = !isRelease();
    further.turn(isRelease());
    if (name.value === suggested) {
      name.value = suggested = named();
    }
  };
  const kind = (value, text, checked) => h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'what', value, checked, onchange: turn }), h('span', {}, text));
  const kinds = h('fieldset', {}, h('legend', {}, 'What'), kind('release', 'a release of a model', true), kind('config', 'a configuration', false));
  release.addEventListener('change', turn);
  turn();

  let typing = null;
  let asked = 0;
  const count = async () => {
    const mine = ++asked;
    let content;
    try {
      const page = await get(`/labels?limit=${MOST}&where=${encodeURIComponent(target.value)}`);
      const names = page.items.slice(0, 8).map(it => it.device).join(', ');
      content = page.items.length === 0 ? [pill('0 devices', 'warn'), ' no device fits now']
        : [pill(page.next ? `more than ${number(MOST)} devices` : `${number(page.items.length)} ${page.items.length === 1 ? 'device' : 'devices'}`, 'good'), ` ${names}${page.items.length > 8 ? ', …' : ''}`];
    } catch (problem) {
      content = [h('span', { class: 'badtext' }, problem.message), problem.hint ? h('pre', {}, problem.hint) : null];
    }
    if (mine === asked && context.isHere()) {
      fits.replaceChildren(...content.filter(Boolean));
    }
  };
  target.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(count, TYPING_MILLIS);
  });

  const plan = () => {
    const [ofModel, number_] = release.value.split(/\/(?=[^/]*$)/);
    const asks = Object.fromEntries(gates.map(it => it.querySelector('input')).map(input => [input.name, amount(input.value)]).filter(([, value]) => value !== undefined));
    if (further.agreement() !== undefined) {
      asks.agreement = further.agreement();
    }
    return {
      name: name.value, ...isRelease() ? { release: { model: ofModel, number: Number(number_) } } : { config: { toml: toml.value } },
      target: target.value, ...follow.checked ? { follow: true } : {}, waves: [...waves.children].map(readWave),
      ...isRelease() && Object.keys(asks).length ? { gates: asks } : {}, ...further.plan(isRelease()),
    };
  };
  const preview = made => table([
    { label: 'Wave', title: true, keep: true, cell: row => `Wave ${row.wave}` }, { label: 'Devices', n: true, cell: row => number(row.total) },
    { label: 'First', cell: row => `${row.first.slice(0, 6).join(', ')}${row.total > 6 ? ', …' : ''}` },
  ], made.waves);
  const button = h('button', { type: 'submit', class: 'primary' }, 'Preview and start…');
  const form = h('form', { class: 'grid', novalidate: false, onsubmit: async event => {
    event.preventDefault();
    said.replaceChildren();
    button.disabled = true;
    try {
      const wanted = plan();
      const made = await post('/rollout-preview', wanted);
      button.disabled = false;
      const rollout = await confirm({ title: `Start ‘${wanted.name}’?`, text: `${number(made.devices)} ${made.devices === 1 ? 'device fits' : 'devices fit'}. The first wave is told at once.`, action: 'Start',
        content: preview(made), act: () => post('/rollouts', wanted) });
      if (rollout) {
        location.hash = `#/rollouts/${encodeURIComponent(rollout.id)}`;
      }
    } catch (problem) {
      const [first, ...rest] = problem.message.split('\n');
      said.replaceChildren(failure({ message: first, hint: problem.hint }), rest.length ? h('pre', {}, rest.join('\n')) : '');
      said.scrollIntoView({ block: 'nearest' });
    }
    button.disabled = false;
  } },
  h('div', { class: 'half grid' }, card('What', null, h('div', { class: 'body' }, kinds), ofRelease, ofConfig, h('div', { class: 'body' }, field('Name', name)))),
  h('div', { class: 'half grid' }, card('Which devices', h('a', { href: '#/devices', class: 'small' }, 'their labels'), h('div', { class: 'body' }, field('Expression over labels, as board = raspberry-pi-5 and site in (kiel, lübeck)', target), fits,
    h('label', { class: 'choice' }, follow, h('span', {}, 'devices that fit later join the last wave'))))),
  card('Waves', 'each includes those before it; the last is 100 percent', waves, h('div', { class: 'more' }, h('button', { type: 'button', onclick: () => {
    const last = waves.lastElementChild;
    last.before(waveRow({ ...usual[1], size: '50' }, remove));
    last.previousElementSibling.querySelector('input').focus();
  } }, 'Add a wave'))),
  gatesCard, further.element, h('div', {}, said, h('div', { class: 'buttons' }, h('a', { class: 'button', href: '#/rollouts' }, 'Cancel'), button)));
  context.put('New rollout', { crumb: h('span', { class: 'crumb' }, h('a', { href: '#/rollouts' }, 'Rollouts')),
    sub: h('span', {}, 'The same as a file on the command line: ', h('code', {}, 'fulmar fleet rollout create PLAN')) }, form);
  await count();
}
