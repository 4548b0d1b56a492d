// How hard a new password is to guess, while it is typed. Nothing of it leaves the page.

const WORDS = ['Very easy to guess', 'Easy to guess', 'Could be guessed', 'Hard to guess', 'Very hard to guess'];
const ADVICE = 'Four words that have nothing to do with each other are better.';
/** Longer ones take the estimate too long, and are strong anyway. */
const MAX_CHARACTERS = 100;

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.addEventListener('load', resolve);
    script.addEventListener('error', reject);
    document.head.append(script);
  });
}

/** The estimator, of half a megabyte: fetched when somebody begins to type. */
async function loadEstimator({ strengthRules, strengthWords }) {
  await Promise.all([loadScript(strengthRules), loadScript(strengthWords)]);
  const { core, 'language-common': common } = globalThis.zxcvbnts;
  return new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
}

function addStrength(box) {
  const input = box.querySelector('input');
  const line = document.createElement('p');
  line.className = 'strength';
  line.hidden = true;
  const meter = document.createElement('meter');
  Object.assign(meter, { min: 0, max: 5, low: 3, high: 4, optimum: 5 });
  meter.setAttribute('aria-hidden', 'true');
  const text = document.createElement('span');
  text.setAttribute('role', 'status');
  line.append(meter, text);
  box.after(line);

  let loading;
  let timer;
  const show = async () => {
    const estimator = await (loading ??= loadEstimator(box.dataset));
    const password = input.value.slice(0, MAX_CHARACTERS);
    line.hidden = password === '';
    if (line.hidden) return;
    const personal = [...(input.form?.querySelectorAll('input:is([type=email], [type=text])') ?? [])];
    const { score } = estimator.check(
      password,
      personal.flatMap(({ value }) => value.split(/[^\p{L}\p{N}]+/u)).filter((word) => word.length > 2),
    );
    meter.value = score + 1;
    text.textContent = score < 3 ? `${WORDS[score]}. ${ADVICE}` : `${WORDS[score]}.`;
  };
  input.addEventListener('input', () => {
    clearTimeout(timer);
    // After a pause: a screen reader would read each change out. Without the estimator the page works as before.
    timer = setTimeout(() => show().catch(() => {}), 300);
  });
}

for (const box of document.querySelectorAll('[data-strength-rules]')) addStrength(box);
