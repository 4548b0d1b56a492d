import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  root: 'page',
  // A path of its own, for no file of the page to stand in the way of Latchkey's, such as /sign-in.
  base: '/page/',
  build: { outDir: '../dist', emptyOutDir: true, assetsDir: '.' },
  // Files of this folder alone, and what they import: the database is in the one above it.
  server: { fs: { allow: ['.'] }, cors: false },
});
