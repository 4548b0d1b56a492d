import { defineConfig } from 'latchkey';

export default defineConfig({
  LATCHKEY_MAIL_TEMPLATES: {
    reset_password: ({ url }) => ({
      subject: 'Neues Passwort',
      text: `Hier: ${url}`,
      html: `<a href="${url}">Hier</a>`,
    }),
  },
});
