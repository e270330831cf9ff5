// The catalogue: published releases, and one of them.
import { h, pill, card, confirm, empty, table, number, bytes, ago, clock } from './dom.js';
import { get, post, remove, covers, path } from './api.js';
import { questions } from './questions.js';
import { accuracy, statistics } from './statistics.js';
import { releaseRollouts } from './rollouts.js';

const kinds = { active: 'good', rolled_back: 'bad', rejected: 'bad', shadow: 'info', shadowed: 'info', trial: 'warn' };

/** How a release did against the one that ran beside it or before it on that device. */
function compared({ state, numbers }) {
  const other = numbers?.activeP95Micros;
  const beside = state.startsWith('shadow') ? 'of the active one' : 'of the one before';
  return [other > 0 && numbers.p95Micros !== undefined && `${(numbers.p95Micros / other).toFixed(2)} times the ${number(other)} µs ${beside}`,
    numbers?.agreement !== undefined && `says the same of ${(100 * numbers.agreement).toFixed(1)} %`].filter(Boolean).join('; ');
}

/** What a device says of a release that it has or had, beside its name. */
export const progressColumns = [
  { label: 'State', cell: row => pill(row.state.replace('_', ' '), kinds[row.state] ?? '') },
  { label: 'p95', n: true, cell: row => row.numbers?.p95Micros !== undefined ? `${number(row.numbers.p95Micros)} µs` : '' },
  { label: 'Compared', cell: compared },
  { label: 'Why', cell: row => row.reason },
];

function where(devices) {
  const pills = [['active', 'good'], ['coming', 'info'], ['watched', 'info'], ['failed', 'bad']]
    .filter(([name]) => devices[name] > 0).map(([name, kind]) => pill(`${number(devices[name])} ${name}`, kind));
  return pills.length === 0 ? h('span', { class: 'dim' }, 'nowhere') : h('div', { class: 'pills' }, pills);
}

export async function models(context) {
  const [{ items }, moving] = await Promise.all([get('/models?limit=1000'), get('/rollouts?live=true&limit=1000')]);
  const rolledOut = row => moving.items.filter(it => it.release?.model === row.model && it.release.number === row.release)
    .map(it => h('a', { class: 'small', href: `#/rollouts/${encodeURIComponent(it.id)}` }, `rollout ${it.id} ${it.state.replace('-', ' ')}`));
  const byModel = Map.groupBy(items, item => item.model);
  context.put('Models', { sub: 'Published releases, and where they run.' }, items.length === 0
    ? h('div', { class: 'card' }, empty('Nothing was published yet', h('span', {}, 'Publish a signed package with ', h('code', {}, 'fulmar fleet publish FOLDER'))))
    : h('div', { class: 'grid' }, [...byModel].map(([model, releases]) => card(model, releases[0].title, table([
      { label: 'Release', title: true, cell: row => h('a', { href: `#/models/${encodeURIComponent(row.model)}/${row.release}` }, `${row.version} (${row.release})`) },
      { label: '', cell: row => row.yanked ? pill('withdrawn', 'bad') : row.retired ? pill(row.retired.gone ? 'files deleted' : 'no longer used') : '' },
      { label: 'On devices', cell: row => h('div', {}, where(row.devices), rolledOut(row)) },
      { label: 'Signed', cell: row => row.signedBy.length ? pill('signed', 'good') : pill('not signed', 'warn') },
      { label: 'Model', n: true, cell: row => bytes(row.bytes) },
      { label: 'Budget', cell: row => [row.budgets.latencyMillis && `${row.budgets.latencyMillis} ms`, row.budgets.memoryBytes && bytes(row.budgets.memoryBytes)].filter(Boolean).join(', ') },
      { label: 'Published', keep: true, cell: row => clock(row.published) },
    ], releases)))));
}

/** Text with `code` and **strong** in it. */
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map(part => part.startsWith('`') ? h('code', {}, part.slice(1, -1))
    : part.startsWith('**') ? h('b', {}, part.slice(2, -2)) : part);
}

function proseTable(block) {
  const rows = block.split('\n').filter(row => row.startsWith('|') && !/^\|[\s:|-]+\|?$/.test(row)).map(row => row.replace(/^\||\|\s*$/g, '').split('|').map(cell => cell.trim()));
  const [first, ...rest] = rows;
  const head = first.some(cell => cell !== '') ? h('thead', {}, h('tr', {}, first.map(cell => h('th', {}, inline(cell))))) : null;
  return h('div', { class: 'scroll' }, h('table', { class: 'prose-table' }, head, h('tbody', {}, rest.map(row => h('tr', {}, row.map(cell => h('td', {}, inline(cell))))))));
}

/** The little of Markdown that cards use, as elements. */
function prose(text) {
  const blocks = text.replace(/\r/g, '').split(/\n{2,}/);
  return h('div', { class: 'card-text' }, blocks.map(block => {
    const heading = /^#+\s+(.*)$/.exec(block.split('\n')[0]);
    if (heading) {
      const rest = block.split('\n').slice(1).join('\n').trim();
      return [h('h3', {}, inline(heading[1])), rest ? prose(rest) : null];
    }
    if (/^[-*] /.test(block)) {
      return h('ul', {}, block.split(/\n(?=[-*] )/).map(item => h('li', {}, inline(item.replace(/^[-*] /, '').replace(/\n\s*/g, ' ')))));
    }
    if (/^\|/.test(block)) {
      return proseTable(block);
    }
    if (/^ {4}/.test(block)) {
      return h('pre', {}, block);
    }
    return h('p', {}, inline(block.replace(/\n/g, ' ')));
  }));
}

function share(name, value) {
  const fill = h('i');
  fill.style.width = `${Math.round(100 * value)}%`;
  return [h('dt', {}, name), h('dd', {}, h('div', { class: 'bar', title: `${(100 * value).toFixed(1)} %` }, fill))];
}

/** Asks for a reason, withdraws the release, and shows it anew; or gives it back. */
async function withdraw(data) {
  const address = path`/models/${data.model}/releases/${data.release}/yank`;
  const name = `${data.model} ${data.version}`;
  const reason = h('input', { name: 'reason', maxlength: 500, placeholder: 'why nobody should use it' });
  const done = data.yanked
    ? await confirm({ title: `Give ${name} back?`, text: 'It can be assigned and rolled out again.', action: 'Give back', act: async () => {
      await remove(address);
      return true;
    } })
    : await confirm({ title: `Withdraw ${name}?`, text: 'It can neither be assigned nor rolled out any more. Where it runs it stays.', action: 'Withdraw', danger: true,
      content: h('p', {}, h('label', {}, 'Reason', reason)), act: async () => {
        await post(address, { reason: reason.value.trim() });
        return true;
      } });
  if (done) {
    dispatchEvent(new Event('hashchange'));
  }
}

/** The steps around a model, one to a line, with their keys. */
function steps(list) {
  const text = value => Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  return list.length === 0 ? '–' : h('ol', { class: 'steps' }, list.map(({ type, ...keys }) => h('li', {}, h('b', {}, type),
    Object.keys(keys).length ? h('span', { class: 'dim small' }, ` ${Object.entries(keys).map(([key, value]) => `${key} = ${text(value)}`).join(', ')}`) : null)));
}

export async function release(context) {
  const { model, release: number_ } = context.parameters;
  const [data, rollouts] = await Promise.all([get(path`/models/${model}/releases/${number_}`), get(`/rollouts?limit=100&model=${encodeURIComponent(model)}`)]);
  const ofThis = releaseRollouts(rollouts.items.filter(it => it.release?.number === data.release));
  const facts = [
    ['Version', data.version], ['Release', number(data.release)], ['Licence', data.license ?? '–'],
    ['Boards', data.boards.length ? data.boards.join(', ') : 'any'],
    ['Budget', [data.budgets.latencyMillis && `${data.budgets.latencyMillis} ms (p95)`, data.budgets.memoryBytes && bytes(data.budgets.memoryBytes)].filter(Boolean).join(', ') || '–'],
    ['Golden cases', data.golden.length ? data.golden.join(', ') : '–'],
    ['Inputs', data.inputs.map(it => `${it.name} ${it.dtype}[${it.shape.join(', ')}]`).join('; ')],
    ['Outputs', data.outputs.map(it => `${it.name} ${it.dtype}[${it.shape.join(', ')}]`).join('; ')],
    ['Before it', steps(data.steps.preprocess)],
    ['After it', steps(data.steps.postprocess)],
    ['Published', clock(data.published)],
    ['Signed by', data.signedBy.length ? h('span', { class: 'mono' }, data.signedBy.join(', ')) : 'nobody'],
    ['Manifest', h('span', { class: 'mono' }, data.manifest)],
  ];
  context.put(`${data.model} ${data.version}`, {
    crumb: h('span', { class: 'crumb' }, h('a', { href: '#/models' }, 'Models')), sub: data.title,
    beside: data.signedBy.length ? pill('signed', 'good') : pill('not signed', 'warn'),
    tools: [covers(context.who.role, 'publisher') ? h('button', { type: 'button', class: data.yanked ? null : 'danger', 'data-key': 'yank', onclick: () => withdraw(data) }, data.yanked ? 'Give back…' : 'Withdraw…') : null,
      covers(context.who.role, 'operator') && !data.yanked && !data.retired ? h('a', { class: 'button', href: `#/rollouts/new/${encodeURIComponent(data.model)}/${data.release}` }, 'Roll out…') : null],
  }, data.retired ? h('div', { class: 'note', role: 'status' }, h('b', {}, data.retired.gone ? 'Its files are deleted' : 'Its files are about to be deleted'),
    ': no device runs it or is to have it, and no rollout names it. Publishing it again puts them back.') : null, data.yanked ? h('div', { class: 'note bad', role: 'status' }, h('b', {}, 'Withdrawn'), ` by ${data.yanked.by} `, ago(data.yanked.at), `: ${data.yanked.reason}. `,
    h('span', { class: 'dim' }, 'It can neither be assigned nor rolled out any more; where it runs it stays.')) : null, h('div', { class: 'grid' },
    h('div', { class: 'half' }, card('About', null, h('div', { class: 'body' }, h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))))),
    h('div', { class: 'half grid' },
      card('On devices', where(data.devices), data.on.length === 0 ? empty('No device has it', h('span', {}, 'Assign it with ', h('code', {}, `fulmar fleet assign ${data.model}`))) : table([
        { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) },
        ...progressColumns,
      ], data.on)),
      data.reference && Object.keys(data.reference.labels).length ? card('What it said of its test data', 'shares of its labels', h('div', { class: 'body' },
        h('dl', { class: 'facts' }, Object.entries(data.reference.labels).map(([name, value]) => share(name, value))))) : null),
    ofThis,
    questions(context, { model: data.model, version: data.version, reference: data.reference }),
    statistics(context, { model: data.model, version: data.version }),
    accuracy(context, { model: data.model, version: data.version }),
    data.card ? card('Card', null, h('div', { class: 'body' }, prose(data.card))) : null,
    card('Files', null, table([
      { label: 'Name', title: true, cell: row => row.name }, { label: 'For', cell: row => row.role },
      { label: 'Size', n: true, cell: row => bytes(row.size) }, { label: 'SHA-256', mono: true, cell: row => row.sha256 },
    ], data.files))));
}
