import { parseAuthorId } from '../../domain/author-id.ts';
import { changeProfile, listAnswersOf, listQuestionsOf, readProfile } from '../../operations/index.ts';
import { FRESH, type FormState } from '../../pages/post-forms.ts';
import { profilePage, type ProfileValues } from '../../pages/profile-page.ts';
import { userPage, type UserPosts } from '../../pages/user-page.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { choiceOf, cursorOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';
import { requireViewer, submit } from '../submit.ts';

export function mountUsers(app: App): void {
  app.get('/users/:author', showUser);
  app.get('/profile', showProfile);
  app.post('/profile', (c) => postProfile(c));
}

function showUser(c: AppContext): Promise<Response> {
  const { context, viewer } = c.var;
  const id = parseAuthorId(c.req.param('author') ?? '');
  const profile = id && readProfile(context, id);
  if (id === undefined || profile === undefined) throw new HttpProblem('not_found');
  const show = choiceOf(c, 'show', ['questions', 'answers']);
  const cursor = cursorOf(c);
  const posts: UserPosts =
    show === 'questions'
      ? { show, page: listQuestionsOf(context, id, { cursor }) }
      : { show, page: listAnswersOf(context, id, { cursor }) };
  return showPage(c, userPage({ profile, posts, isOwn: viewer?.id === id, now: context.clock() }));
}

function showProfile(c: AppContext): Promise<Response> {
  const viewer = requireViewer(c);
  const profile = readProfile(c.var.context, viewer.id);
  if (profile === undefined) throw new HttpProblem('not_found');
  const values = { title: profile.author.title ?? '', about: profile.about, digest: profile.digest };
  return showPage(c, profilePage({ name: viewer.name, values, state: FRESH, isSaved: c.req.query('saved') === 'yes' }));
}

async function postProfile(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const { context, viewer: author } = c.var;
  const values: ProfileValues = {
    title: form.text('title'),
    about: form.text('about'),
    digest: form.text('digest') === 'yes',
  };
  const again = (state: FormState) => profilePage({ name: author?.name ?? 'nobody', values, state, isSaved: false });
  return submit(c, form, {
    write: (viewer) => changeProfile(context, viewer, values),
    next: () => '/profile?saved=yes',
    again,
    previewOf: 'about',
  });
}
