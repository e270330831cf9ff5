// What devices gave up, who changed what, and who may.
import { h, pill, card, empty, failure, table, paged, number, ago, clock } from './dom.js';
import { get, post, remove, path } from './api.js';

const PAGE = 100;

export async function gaps(context) {
  const [totals, first] = await Promise.all([get('/gaps/totals?limit=1000'), get(`/gaps?limit=${PAGE}`)]);
  const sub = 'Rows that devices recorded and had to give up by their policy. Each is declared: nothing is lost in silence.';
  if (first.items.length === 0) {
    context.put('Gaps', { sub }, h('div', { class: 'card' }, empty('No gaps', 'Every row that a device has handed over is here.')));
    return;
  }
  const most = Math.max(...totals.items.map(total => total.rows));
  context.put('Gaps', { sub }, h('div', { class: 'grid' },
    card('By device and reason', null, table([
      { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) },
      { label: 'Stream', cell: row => row.stream }, { label: 'Why', cell: row => pill(row.reason, 'warn') },
      { label: 'Rows', n: true, cell: row => number(row.rows) },
      { label: '', cell: row => {
        const fill = h('i');
        fill.style.width = `${Math.max(2, Math.round(100 * row.rows / most))}%`;
        return h('div', { class: 'bar' }, fill);
      } },
      { label: 'Gaps', n: true, cell: row => number(row.gaps) }, { label: 'Last', keep: true, cell: row => ago(row.last) },
    ], totals.items)),
    card('Newest', null, paged([
      { label: 'Declared', keep: true, cell: row => clock(row.received) },
      { label: 'Device', title: true, cell: row => h('a', { href: `#/devices/${encodeURIComponent(row.device)}` }, row.device) },
      { label: 'Stream', cell: row => row.stream }, { label: 'Rows', n: true, cell: row => number(row.rows) },
      { label: 'Sequence', n: true, cell: row => row.first === row.last ? number(row.first) : `${number(row.first)} – ${number(row.last)}` },
      { label: 'Why', cell: row => row.reason }, { label: 'Epoch', mono: true, cell: row => row.epoch },
    ], first, next => get(`/gaps?limit=${PAGE}&after=${next}`)))));
}

export async function audit(context) {
  const first = await get(`/audit?limit=${PAGE}`);
  const kinds = { done: 'good', refused: 'bad', failed: 'bad', unfinished: 'warn' };
  context.put('Audit', { sub: 'Every change that somebody asked for, and what became of it.' }, h('div', { class: 'card' }, first.items.length === 0
    ? empty('Nothing was changed yet', '') : paged([
      { label: 'When', keep: true, cell: row => clock(row.at) },
      { label: 'Who', title: true, cell: row => row.name }, { label: 'Role', cell: row => row.role },
      { label: 'What', mono: true, cell: row => row.what.replace('/api/v1', '') }, { label: 'Of', cell: row => row.target }, { label: 'How', cell: row => row.detail },
      { label: 'Outcome', keep: true, cell: row => pill(`${row.outcome}${row.status >= 400 ? ` (${row.status})` : ''}`, kinds[row.outcome]) },
      { label: 'From', cell: row => row.address },
    ], first, next => get(`/audit?limit=${PAGE}&after=${next}`))));
}

export async function tokens(context) {
  const list = h('div', { class: 'card' });
  const said = h('div', { 'aria-live': 'polite' });
  const kinds = { good: 'good', expired: 'warn', revoked: 'bad' };
  const columns = [
    { label: 'Name', title: true, cell: row => row.name }, { label: 'Role', cell: row => pill(row.role, 'info') },
    { label: 'State', cell: row => pill(row.state, kinds[row.state]) }, { label: 'Made', keep: true, cell: row => clock(row.created) },
    { label: 'By', cell: row => row.createdBy }, { label: 'Expires', keep: true, cell: row => row.expires ? ago(row.expires) : 'never' },
    { label: 'Last used', keep: true, cell: row => ago(row.lastUsed) }, { label: 'Id', mono: true, cell: row => row.id },
    { label: '', cell: row => row.state !== 'good' ? '' : h('button', { type: 'button', class: 'danger', onclick: async event => {
      const button = event.currentTarget;
      if (!button.dataset.sure) {
        button.dataset.sure = 'yes';
        button.textContent = row.id === context.who.id ? 'Revoke your own?' : 'Really revoke?';
        return;
      }
      try {
        await remove(path`/tokens/${row.id}`);
        await load();
      } catch (problem) {
        said.replaceChildren(failure(problem));
      }
    } }, 'Revoke') },
  ];
  async function load() {
    list.replaceChildren(...paged(columns, await get(`/tokens?limit=${PAGE}`), next => get(`/tokens?limit=${PAGE}&after=${next}`)));
  }
  const name = h('input', { name: 'name', required: true, maxlength: 100, placeholder: 'line 3 screen' });
  const role = h('select', { name: 'role' }, ['viewer', 'operator', 'publisher', 'admin', 'metrics'].map(it => h('option', {}, it)));
  const life = h('select', { name: 'life' }, [['', 'until revoked'], ['86400', 'a day'], ['7776000', '90 days'], ['31536000', 'a year']].map(([value, text]) => h('option', { value }, text)));
  const form = h('form', { class: 'form body', onsubmit: async event => {
    event.preventDefault();
    try {
      const made = await post('/tokens', { name: name.value, role: role.value, ...(life.value ? { expiresInSeconds: Number(life.value) } : {}) });
      name.value = '';
      await load();
      said.replaceChildren(h('div', { class: 'note good' }, h('b', {}, `The token of ${made.name}, shown only now:`),
        h('div', { class: 'secret' }, h('code', {}, made.token), h('button', { type: 'button', onclick: () => navigator.clipboard?.writeText(made.token) }, 'Copy'))));
    } catch (problem) {
      said.replaceChildren(failure(problem));
    }
  } }, h('label', { class: 'grow' }, 'Name', name), h('label', {}, 'Role', role), h('label', {}, 'Good for', life), h('button', { class: 'primary', type: 'submit' }, 'Make a token'));
  await load();
  context.put('Tokens', { sub: 'With a token a program calls the API, and a person logs in here.' }, said, card('New token', null, form), h('p', {}), list);
}
