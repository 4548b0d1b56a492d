import { limits } from '../domain/text.ts';
import type { AnswerSort, Instant, QuestionPage, Viewer } from '../domain/types.ts';
import { questionAddress, signInAddress } from './addresses.ts';
import { markdownField, previewButton } from './form-field.ts';
import type { PageFrame } from './frame.ts';
import { icon } from './icons.ts';
import { counted, html, type Content } from './markup.ts';
import { neighbours, pager, tabs, type PagerModel } from './pager.ts';
import { answerPost, questionPost } from './post.ts';
import { answersAvailable, emptyState } from './question-list.ts';
import { ago } from './time.ts';

export interface QuestionPageModel extends QuestionPage {
  readonly sort: AnswerSort;
  readonly viewer: Viewer | undefined;
  readonly now: Instant;
}

const SORTS: readonly { readonly sort: AnswerSort; readonly label: string }[] = [
  { sort: 'votes', label: 'Votes' },
  { sort: 'oldest', label: 'Oldest' },
  { sort: 'newest', label: 'Newest' },
];

/** Sorts that begin with old answers go on to newer ones. */
const ON = { older: 'More answers', newer: 'Back' };

export function questionPage(model: QuestionPageModel): PageFrame {
  const { question, answers, sort, viewer, now } = model;
  const isOwn = viewer?.id === question.author.id;
  const paging: PagerModel = {
    page: answers,
    at: (cursor) => `${questionAddress(question, { sort: sort === 'votes' ? undefined : sort, cursor })}#answers`,
    words: ON,
  };
  const content = html`<header class="question-head">
<h1>${question.title}</h1>
<p class="question-facts">Asked ${ago(question.askedAt, now)} <span class="dot" aria-hidden="true">·</span> <a class="quiet" href="#answers">${answersAvailable(question.answerCount)}</a></p>
</header>
${lockedNotice(model)}
${question.isDeleted && html`<div class="alert alert-error">${icon('alert')}<div><p>This question was deleted. Only moderators see it.</p></div></div>`}
${questionPost(question, isOwn, now)}
<section class="answers" id="answers" aria-labelledby="answers-title">
<div class="list-head">
<h2 id="answers-title">${answersAvailable(question.answerCount)}</h2>
${question.answerCount > 1 && answerTabs(model)}
</div>
${answers.items.length === 0 && emptyState('bubble', 'No answer yet', noAnswer(question))}
${answers.items.map((answer) => answerPost(answer, viewer?.id === answer.author.id, now))}
${pager(paging)}
</section>
${answerForm(model)}`;
  return {
    title: question.title,
    width: 'column',
    content,
    section: 'questions',
    canonical: questionAddress(question),
    isHidden: question.isDeleted,
    ...neighbours(paging),
  };
}

function noAnswer({ isLocked, isDeleted, may }: QuestionPageModel['question']): string {
  if (isLocked || isDeleted) return 'It takes none any more.';
  return may.answer ? 'Perhaps you know one? The form is just below.' : 'Come back later, or answer it yourself.';
}

function answerTabs({ question, sort }: QuestionPageModel): Content {
  return tabs(
    'Answers sorted by',
    SORTS.map(({ sort: other, label }) => ({
      label,
      href: `${questionAddress(question, { sort: other === 'votes' ? undefined : other })}#answers`,
      isCurrent: other === sort,
    })),
  );
}

function lockedNotice({ question }: QuestionPageModel): Content {
  if (!question.isLocked) return null;
  return html`<div class="alert alert-locked">${icon('lock')}<div><p><strong>A moderator locked this question.</strong> It can be read, and takes no more answers, comments or votes.</p>${question.lockReason && html`<p>“${question.lockReason}”</p>`}</div></div>`;
}

function answerForm({ question, viewer }: QuestionPageModel): Content {
  if (question.isLocked || question.isDeleted) return null;
  if (viewer === undefined) {
    return html`<section class="card join" aria-labelledby="join"><h2 id="join">Do you know more?</h2>
<p class="hint">${question.answerCount === 0 ? 'Be the first to answer.' : `Add to ${counted(question.answerCount, 'answer')}.`}</p>
<a class="button button-primary" href="${signInAddress(questionAddress(question))}">Sign in to answer</a></section>`;
  }
  if (!question.may.answer) return null;
  return html`<section class="card" aria-labelledby="your-answer">
<h2 id="your-answer">Your answer</h2>
<form class="stack" method="post" action="/questions/${question.id}/answers">
${markdownField({ name: 'body', label: 'Answer', value: '', maxLength: limits.body.max, rows: 8 })}
<div class="actions"><button class="button button-primary" type="submit">Post the answer</button>${previewButton('body')}</div>
</form></section>`;
}
