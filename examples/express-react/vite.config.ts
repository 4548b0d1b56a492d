import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Not `assets/`, where Latchkey's own pages have theirs.
export default defineConfig({ plugins: [react()], build: { assetsDir: 'page' } });
