// The fleet's API, as this browser may use it.

let csrf = null;

/** What the service refused, in its words. */
export class Problem extends Error {
  constructor(status, detail, hint) {
    super(detail);
    this.status = status;
    this.hint = hint ?? '';
  }
}

async function call(method, path, body) {
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') {
    headers['X-Fulmar-Csrf'] = csrf ?? '';
    headers['Idempotency-Key'] = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), n => n.toString(16)).join('-');
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, 'The fleet service does not answer.', 'Is it running?');
  }
  if (answer.status === 401) {
    location.reload(); // to the log-in page
  }
  const text = await answer.text();
  const isJson = (answer.headers.get('Content-Type') ?? '').includes('json');
  const content = isJson && text ? JSON.parse(text) : null;
  if (!answer.ok) {
    throw new Problem(answer.status, content?.detail ?? `The service answered ${answer.status}.`, content?.hint);
  }
  return content;
}

export const get = path => call('GET', `/api/v1${path}`);
export const post = (path, body) => call('POST', `/api/v1${path}`, body);
export const patch = (path, body) => call('PATCH', `/api/v1${path}`, body);
export const remove = path => call('DELETE', `/api/v1${path}`);

/** Who has logged in here; changes need what this answer has. */
export async function me() {
  const who = await get('/me');
  csrf = who.csrf;
  return who;
}

const ranks = ['metrics', 'viewer', 'operator', 'publisher', 'admin'];

export const covers = (role, needed) => ranks.indexOf(role) >= ranks.indexOf(needed);

/** A path with its parameters escaped: path`/devices/${id}`. */
export function path(parts, ...values) {
  return parts.reduce((text, part, i) => text + encodeURIComponent(values[i - 1]) + part);
}
