// Exchanges a token for a login, which the browser keeps as a cookie that no script can read.
const form = document.getElementById('login');
const wrong = document.getElementById('wrong');
const button = form.querySelector('button');

form.addEventListener('submit', async event => {
  event.preventDefault();
  wrong.hidden = true;
  button.disabled = true;
  try {
    const answer = await fetch('/api/v1/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: form.token.value }),
    });
    if (answer.ok) {
      if (location.pathname === '/login') {
        location.replace('/');
      } else {
        location.reload();
      }
      return;
    }
    const problem = await answer.json();
    wrong.textContent = problem.hint ? `${problem.detail}: ${problem.hint}` : problem.detail;
  } catch {
    wrong.textContent = 'The fleet service does not answer.';
  }
  wrong.hidden = false;
  button.disabled = false;
  form.token.select();
});
