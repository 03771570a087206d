import '@fontsource-variable/big-shoulders/wght.css';
import '@fontsource-variable/instrument-sans/wght.css';
import '@/components/tokens.css';
import '@/components/base.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { session } from '@/api/client';

import { App } from './App';

void session.restore();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
